"""A page in headless Chromium, driven over its DevTools pipe; no library is needed for that."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time


class Browser:
    """One tab. `requests` are the addresses that the page has asked for."""

    def __init__(self, width=1200, height=900):
        program = shutil.which("chromium")
        assert program, "chromium is missing: apt-get install chromium (./vp setup installs it)"
        self.profile = tempfile.mkdtemp(prefix="smmu_vp_browser_")
        to_browser, self.to = os.pipe()
        self.from_, from_browser = os.pipe()

        def channels():  # DevTools reads descriptor 3 and writes 4
            os.dup2(to_browser, 100), os.dup2(from_browser, 101)
            os.dup2(100, 3), os.dup2(101, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}", f"--window-size={width},{height}", "about:blank"],
            preexec_fn=channels, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser), os.close(from_browser)
        self.buffer, self.number, self.session, self.requests, self.problems = b"", 0, None, [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("method") == "Runtime.exceptionThrown":
                self.problems.append(answer["params"]["exceptionDetails"])

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.from_, 1 << 16)
            assert part, "Chromium has ended"
            self.buffer += part
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def open(self, path):
        """Returns when the page says that it is complete."""
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        for _ in range(600):
            if self.evaluate("document.body && document.body.dataset.complete") == "true":
                return
            error = self.evaluate("document.getElementById('error') && document.getElementById('error').textContent")
            assert not error, error
            time.sleep(0.1)
        raise AssertionError(f"{path} was not complete in a minute: {self.problems}")

    def click(self, selector_or_text):
        """Presses the mouse on the first button with this text."""
        place = self.evaluate(f"""(() => {{
            const button = [...document.querySelectorAll('button, summary')].find(b => b.textContent === {json.dumps(selector_or_text)});
            if (!button) return null;
            button.scrollIntoView({{block: 'center'}});
            const box = button.getBoundingClientRect();
            return {{x: box.x + box.width / 2, y: box.y + box.height / 2}};
        }})()""")
        assert place, f"there is nothing called {selector_or_text} to click on"
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def screenshot(self, path):
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(picture))

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF")["data"])
