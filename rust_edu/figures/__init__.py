"""Every figure of the course."""
from .predictions import demo_figure, prediction_sheet, traversal_sheet
from .curves import *
from .cameras import *
from .worlds import *
from .style import save
