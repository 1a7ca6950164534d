"""Tables in Markdown."""


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows, numbers=()):
    """With the columns of these indices aligned to the right."""
    rule = ["---:" if index in numbers else "---" for index in range(len(head))]
    return "\n".join(map(row, [head, rule, *rows])) + "\n"
