"""How the server of the dashboard is set up; knows nothing of Streamlit, so that the command line can ask."""

from __future__ import annotations

from typing import Any

HOME = "REFERRAL_SIM_STUDIES"
"""The environment variable that names the folder of studies."""


def options(host: str, port: int) -> dict[str, Any]:
    """Streamlit's options: nothing is asked from outside, nothing is told to anybody, no file is watched.

    They count over a user's own configuration of Streamlit.

    Args:
        host: address to listen on.
        port: to listen on.
    """
    return {
        "server_address": host,
        "server_port": port,
        "server_headless": True,
        "server_fileWatcherType": "none",
        "server_runOnSave": False,
        "server_enableCORS": True,
        "server_enableXsrfProtection": True,
        "server_enableStaticServing": False,
        "server_maxUploadSize": 1,
        "browser_gatherUsageStats": False,
        "client_toolbarMode": "minimal",
        "client_showErrorDetails": "none",
        "global_developmentMode": False,
        "logger_hideWelcomeMessage": True,
        "logger_level": "error",
        "theme_base": "light",
        "theme_primaryColor": "#0072B2",
        "runner_magicEnabled": False,
    }
