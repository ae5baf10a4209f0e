"""Line plots as SVG, by hand: lines of (x, y) with a label each. No library needed."""

import html

COLOURS = ("#1f6fb2", "#c44536", "#4c956c", "#8e6c8a")
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 400, 70, 56, 44, 24


def _steps(top, parts=5):
    """Round numbers from 0 to above `top`."""
    magnitude = 10 ** (len(str(int(max(top, 1)))) - 1)
    for factor in (0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5):
        if factor * magnitude * parts >= top:
            return [round(i * factor * magnitude, 6) for i in range(parts + 1)]
    return [i * 10 * magnitude for i in range(parts + 1)]


def svg(title, x_label, y_label, lines):
    """`lines`: [(label, [(x, y), …])]. The text of an SVG file."""
    points = [point for _, line in lines for point in line]
    xs, ys = _steps(max(x for x, _ in points)), _steps(max(y for _, y in points) * 1.05)
    across = lambda x: LEFT + x / xs[-1] * (WIDTH - LEFT - RIGHT)  # noqa: E731
    up = lambda y: HEIGHT - BOTTOM - y / ys[-1] * (HEIGHT - BOTTOM - TOP)  # noqa: E731
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{WIDTH / 2}" y="22" text-anchor="middle" font-size="15">{html.escape(title)}</text>']
    for y in ys:
        out.append(f'<line x1="{LEFT}" y1="{up(y):.1f}" x2="{WIDTH - RIGHT}" y2="{up(y):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{up(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in xs:
        out.append(f'<text x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:g}</text>')
    out.append(f'<line x1="{LEFT}" y1="{up(0):.1f}" x2="{WIDTH - RIGHT}" y2="{up(0):.1f}" stroke="#333"/>')
    out.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">{html.escape(x_label)}</text>')
    out.append(f'<text x="18" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 18 {HEIGHT / 2})">'
               f'{html.escape(y_label)}</text>')
    for number, (label, line) in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in line]
        out.append(f'<rect x="{LEFT + 12}" y="{TOP + 4 + 20 * number}" width="14" height="4" fill="{colour}"/>')
        out.append(f'<text x="{LEFT + 32}" y="{TOP + 11 + 20 * number}">{html.escape(label)}</text>')
    return "\n".join(out + ["</svg>", ""])
