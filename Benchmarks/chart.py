"""The first metric of every scenario as bars, in SVG: medians, with whiskers from least to most."""
from xml.sax.saxutils import escape

WIDTH = 900
LABELS = 270
BAR = 18
STEP = 26
OURS, OTHERS = "#2a6f97", "#b8c4cc"


def draw(scenarios, headline):
    parts, y = [], 52
    for scenario in scenarios:
        y = draw_scenario(scenario, parts, y)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
            f'font-family="sans-serif" font-size="12"><rect width="{WIDTH}" height="{y}" fill="white"/>\n'
            f'<text x="16" y="24" font-size="16" font-weight="bold">Recado and what it is held against</text>\n'
            f'<text x="16" y="42" fill="#667">{escape(headline)}</text>\n' + "\n".join(parts) + "\n</svg>\n")


def draw_scenario(scenario, parts, y):
    """Adds a scenario's bars below `y`. Returns where the next one begins."""
    metric = scenario["metrics"][0]
    figures = {label: summary[metric["name"]] for label, summary in scenario["variants"].items()
               if metric["name"] in summary}
    if not figures:
        return y
    longest = max(figure["most"] for figure in figures.values()) or 1
    scale = (WIDTH - LABELS - 110) / longest
    parts.append(text(16, y + 20, scenario["title"], weight="bold"))
    y += 32
    for label, figure in figures.items():
        middle = y + BAR / 2
        width = figure["median"] * scale
        parts.append(text(LABELS - 8, middle + 4, label, anchor="end"))
        parts.append(f'<rect x="{LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" '
                     f'fill="{OTHERS if label in scenario["peers"] else OURS}"/>')
        parts.append(f'<path d="M{LABELS + figure["least"] * scale:.1f} {middle}H{LABELS + figure["most"] * scale:.1f}" '
                     'stroke="#222"/>')
        value = f"{figure['median']:,.{metric['digits']}f} {metric['unit']}"
        parts.append(text(LABELS + figure["most"] * scale + 6, middle + 4, value))
        y += STEP
    return y + 10


def text(x, y, content, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(content)}</text>')
