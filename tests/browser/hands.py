"""Hands on a widget: what a reader does with mouse and keys, and what is to be seen."""

import hashlib

EXPLORER = ".re-root:has(.re-view)"
DIAL = ".re-root:has(.re-dial)"


class Hands:
    """One widget of a page. `settled` waits until nothing is on its way to Python any more."""

    def __init__(self, page, root: str) -> None:
        self.page, self.root = page, page.locator(root).first
        self.root.wait_for()

    def find(self, selector: str):
        return self.root.locator(selector)

    def settled(self) -> "Hands":
        """Wait until no new picture has come for a while."""
        last, still = None, 0
        while still < 4:
            self.page.wait_for_timeout(75)
            now = self.read("pictures")
            still = still + 1 if now == last else 0
            last = now
        return self

    def after(self, act) -> "Hands":
        """Do something that must bring a new picture, and wait for it and all that follow."""
        count = float(self.read("pictures"))
        act()
        root = self.root.element_handle()
        self.page.wait_for_function("([root, count]) => Number(root.dataset.pictures) > count", arg=[root, count])
        return self.settled()

    def read(self, name: str) -> str:
        return self.root.get_attribute(f"data-{name}")

    def number(self, name: str) -> float:
        return float(self.read(name))

    def picture(self, selector: str = ".re-view") -> str:
        """A hash of every pixel of a canvas."""
        data = self.find(selector).first.evaluate(
            "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).join()")
        return hashlib.sha256(data.encode()).hexdigest()

    def slider(self, name: str):
        return self.root.get_by_role("slider", name=name)

    def button(self, name: str, exact: bool = True):
        return self.root.get_by_role("button", name=name, exact=exact)

    def reset(self) -> "Hands":
        return self.after(self.button("Reset").click)

    def drag(self, locator, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        """Drag from one place of an element to another, given as shares of its width and height."""
        locator.scroll_into_view_if_needed()
        box = locator.bounding_box()
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        self.page.mouse.move(*at[1], steps=steps)
        self.page.mouse.up()
