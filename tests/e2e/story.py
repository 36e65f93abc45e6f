"""Steps told to a person: a title, the APDUs it took, its time, its outcome."""
import time

from processes import Failed


class Story:
    def __init__(self, apdu_count):
        self.apdu_count = apdu_count  # a function: APDUs seen so far
        self.steps = 0
        self.failed = 0

    def tell(self, title, action, *arguments):
        """Runs one step; prints its line and what the action returned."""
        self.steps += 1
        print(f"[{self.steps:2}] {title}", flush=True)
        before = self.apdu_count()
        start = time.monotonic()
        try:
            seen = action(*arguments) or []
            word = "ok"
        except Failed as failure:
            seen = str(failure).splitlines()
            word = "FAILED"
            self.failed += 1
        took = (time.monotonic() - start) * 1000
        for line in seen if isinstance(seen, list) else [seen]:
            print(f"       {line}")
        print(f"     = {word}, {self.apdu_count() - before} APDUs, "
              f"{took:.0f} ms", flush=True)
        if word == "FAILED":
            raise SystemExit(self.end())

    def end(self):
        print(f"demo: {self.steps} steps, {self.failed} failed")
        return 1 if self.failed else 0
