"""Hands on a widget: what a reader does with mouse and keys, what is to be seen, and what must not happen meanwhile."""

import hashlib

EXPLORER = ".re-root:has(.re-view)"
DIAL = ".re-root:has(.re-dial)"
SLOW = 120_000  # milliseconds: a kernel that imports torch on a busy machine


class Watched:
    """A page that keeps what must not happen: errors on the console, requests that leave the machine."""

    def __init__(self, browser, width: int = 1400, height: int = 1000) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(SLOW)
        self.errors: list[str] = []
        self.left: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on("websocket", lambda socket: self._request(socket.url))

    def _request(self, address: str) -> None:
        local = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")
        if not address.startswith(local):
            self.left.append(address)

    def close(self) -> None:
        self.context.close()


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
