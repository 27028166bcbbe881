"""Colours, type sizes and line widths: light and dark, at the desk and at the projector."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Theme:
    """Everything a view needs to draw itself. `scale` multiplies type and line widths."""

    dark: bool
    window: str
    panel: str
    text: str
    muted: str
    border: str
    grid: str
    accent: str
    danger: str
    series: tuple[str, ...]
    scale: float = 1.0

    @property
    def font_pt(self) -> float:
        """Type size of plots, in points."""
        return 10.0 * self.scale

    @property
    def line_width(self) -> float:
        """Width of a plot's line, in pixels."""
        return 2.0 * self.scale

    @property
    def behind(self) -> tuple[str, str]:
        """Colours of the lines of the first and the second run behind the one that is shown."""
        return self.series[1], self.series[3]

    def scaled(self, scale: float) -> Theme:
        """Return this theme with another scale."""
        return replace(self, scale=scale)


LIGHT = Theme(
    dark=False,
    window="#F6F7F9",
    panel="#FFFFFF",
    text="#1B1F24",
    muted="#57606A",
    border="#D0D7DE",
    grid="#C9D1D9",
    accent="#0B62C4",
    danger="#B42318",
    # Darker than the states' colours: these are for lines and letters on white.
    series=("#0072B2", "#B84F00", "#007A59", "#A8467F", "#7A6000", "#1E7FB8", "#A86F00", "#1B1F24"),
)
DARK = Theme(
    dark=True,
    window="#15181C",
    panel="#1E2227",
    text="#E8EAED",
    muted="#9AA4AF",
    border="#353B43",
    grid="#4A525C",
    accent="#5AA9FF",
    danger="#FF7A6B",
    series=("#56B4E9", "#FF8A4C", "#2BCFA0", "#E59CC8", "#F0E442", "#0FA3E8", "#E69F00", "#E8EAED"),
)
# High contrast: text at 7 or more on every ground, and frames that are lines.
HIGH_LIGHT = replace(
    LIGHT,
    window="#FFFFFF",
    text="#000000",
    muted="#32383F",
    border="#57606A",
    grid="#8C959F",
    accent="#003D99",
    danger="#8A0F08",
    series=("#00568A", "#8A3A00", "#005A41", "#86285F", "#5C4900", "#004F8C", "#7A4F00", "#000000"),
)
HIGH_DARK = replace(
    DARK,
    window="#000000",
    panel="#000000",
    text="#FFFFFF",
    muted="#D0D6DC",
    border="#9AA4AF",
    grid="#6B7580",
    accent="#8CC5FF",
    danger="#FFA59B",
)
