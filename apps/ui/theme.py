"""The look of every screen: system fonts only, so that nothing is fetched from elsewhere."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.themes.utils.sizes import Size

from core.files import packaged

# Gradio's sizes in rem, so that they follow the size of text which a reader has set in the browser.
_TEXT = Size(
    name="text_rem",
    xxs="0.5625rem",
    xs="0.625rem",
    sm="0.75rem",
    md="0.875rem",
    lg="1rem",
    xl="1.375rem",
    xxl="1.625rem",
)
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", "sans-serif"]


def theme() -> gr.themes.Base:
    """Gradio's base theme in our colours; white on the darker teal has a contrast of 5.5:1."""
    base = gr.themes.Base(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        radius_size="md",
        text_size=_TEXT,
        font=_FONTS,
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
    )
    teal = {"button_primary_background_fill": "#0f766e", "button_primary_background_fill_hover": "#115e59"}
    # Borders have a contrast of at least 3:1, placeholders 4.5:1 (WCAG 1.4.11 and 1.4.3).
    edge = "button_secondary_border_color"
    edges = ("input_border_color", "checkbox_border_color", "checkbox_border_color_hover", edge)
    light = dict.fromkeys(edges, "#7b8a99") | {"input_placeholder_color": "#526172"}
    dark = dict.fromkeys(edges, "#70839a") | {"input_placeholder_color": "#a9b8c6"}
    # Buttons, fields and boxes use the style sheet's surfaces, which work in light and dark mode.
    surfaces = {
        "block_background_fill": "var(--r1-paper)",
        "input_background_fill": "var(--r1-ground)",
        "button_secondary_background_fill": "var(--r1-paper)",
        "button_secondary_background_fill_hover": "var(--r1-ground)",
        "button_secondary_text_color": "var(--r1-ink)",
        "button_secondary_text_color_hover": "var(--r1-ink)",
    }
    same = {**teal, **surfaces, "button_primary_border_color": "#0f766e", f"{edge}_hover": f"*{edge}"}
    return base.set(
        input_border_width="1px", **same, **light, **{f"{name}_dark": value for name, value in (same | dark).items()}
    )


def css() -> str:
    """The style sheet that the screens and the start page share."""
    return packaged("apps.ui", "style.css").read_text("utf-8")


def favicon() -> Path:
    """The icon of the browser's tab."""
    return packaged("apps.ui", "favicon.svg")


def mount_options() -> dict[str, Any]:
    """Options for mounting every screen: no history, no API page, no external links."""
    return {
        "theme": theme(),
        "css": css(),
        "footer_links": [],
        "run_history": False,
        "show_error": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "enable_monitoring": False,
    }
