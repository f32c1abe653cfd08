"""Which names mean this machine itself."""

from ipaddress import ip_address

LOOPBACK = "127.0.0.1"


def is_loopback(host: str | None) -> bool:
    """Whether only this machine reaches what listens at this host, or asks for it by this name."""
    if host is None:
        return False
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
