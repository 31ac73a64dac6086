"""What limits count clients by: not always the address, since one client can have many."""

import ipaddress


def client_network(host: str) -> str:
    """
    Return the address itself, or for a global IPv6 address its /64, which one subscriber usually has whole.

    An IPv4 address that came in over IPv6 is the IPv4 address. What isn't an address is returned unchanged.

    >>> client_network("2001:db8::7")
    '2001:db8::/64'
    >>> client_network("::ffff:192.0.2.7")
    '192.0.2.7'
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if address.is_link_local or address.is_loopback:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
