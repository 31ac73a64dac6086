"""The network by which limits count clients, since one client can have many addresses."""

import ipaddress


def client_network(host: str) -> str:
    """
    Return a global IPv6 address's /64 network, which usually belongs to one subscriber, or else the address.

    An IPv4-mapped IPv6 address becomes the IPv4 address. Text that isn't an address is returned unchanged.

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
