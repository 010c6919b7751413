"""What a person recognises a device by."""

from __future__ import annotations

from typing import Final

_SYSTEMS: Final = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("mac os", "Mac"),
    ("cros", "ChromeOS"),
    ("linux", "Linux"),
)
_BROWSERS: Final = (
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("chrome", "Chrome"),
    ("crios", "Chrome"),
    ("safari", "Safari"),
)


def device_label(user_agent: str | None) -> str:
    """Return a name such as "Firefox on Windows".

    Only words of ours: what a program says of itself is not kept.
    """
    said = (user_agent or "").lower()
    browser = next((name for word, name in _BROWSERS if word in said), "")
    system = next((name for word, name in _SYSTEMS if word in said), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "another program"
