import dataclasses


@dataclasses.dataclass(frozen=True)
class Violation:
    """A promise that was broken. `kind` is one word, for counting."""
    kind: str
    text: str

    def __str__(self):
        return f"{self.kind}: {self.text}"
