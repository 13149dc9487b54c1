"""What may be fetched at a stranger's word: https, a name, and public addresses only (threat 14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.signing import FetchRefused, address_refused, fetch_allowed, fetch_refused, fetch_target

PUBLIC = ["93.184.216.34"]


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://uni.example.org/.well-known/did.json", "uni.example.org", "/.well-known/did.json"),
        ("https://uni.example.org", "uni.example.org", "/"),
        ("https://uni.example.org?list=3", "uni.example.org", "/?list=3"),
        ("HTTPS://Uni.Example.ORG:443/a%20b?c=d/e?f", "uni.example.org", "/a%20b?c=d/e?f"),
        ("https://xn--bcher-kva.example/status/1", "xn--bcher-kva.example", "/status/1"),
        ("https://a.xn--p1ai/x", "a.xn--p1ai", "/x"),
    ],
)
def test_an_https_url_of_a_domain_name_may_be_fetched(url: str, host: str, path: str) -> None:
    target = fetch_target(url)
    assert (target.host, target.path) == (host, path)
    assert fetch_allowed(url, ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("http://uni.example.org/", "only https"),
        ("ftp://uni.example.org/", "only https"),
        ("file:///etc/passwd", "only https"),
        ("gopher://uni.example.org/", "only https"),
        ("https:uni.example.org", "not a URL"),
        ("//uni.example.org/", "not a URL"),
        ("", "not a URL"),
        (" https://uni.example.org/", "not a URL"),
        ("https://uni.example.org:8443/", "only port 443"),
        ("https://uni.example.org:80/", "only port 443"),
        ("https://uni.example.org:/", "only port 443"),
        ("https://uni.example.org:0443/", "only port 443"),
        ("https://user@uni.example.org/", "user name"),
        ("https://user:word@uni.example.org/", "user name"),
        ("https://uni.example.org@127.0.0.1/", "user name"),
        ("https://127.0.0.1/", "not a domain name"),
        ("https://93.184.216.34/", "not a domain name"),
        ("https://2130706433/", "not a domain name"),
        ("https://017700000001/", "not a domain name"),
        ("https://0177.0.0.1/", "not a domain name"),
        ("https://0x7f000001/", "not a domain name"),
        ("https://0x7f.0.0.0x1/", "not a domain name"),
        ("https://127.1/", "not a domain name"),
        ("https://[::1]/", "only port 443"),
        ("https://[::ffff:127.0.0.1]/", "only port 443"),
        ("https://[2606:2800:220:1:248:1893:25c8:1946]/", "only port 443"),
        ("https://１２７.０.０.１/", "not a domain name"),
        ("https://bücher.example/", "not a domain name"),
        ("https://uni。example.org/", "not a domain name"),
        ("https://uni.example.org./", "ends in a dot"),
        ("https://localhost./", "ends in a dot"),
        ("https://localhost/", "not a domain name"),
        ("https://printer/", "not a domain name"),
        ("https://a.localhost/", "own network"),
        ("https://router.local/", "own network"),
        ("https://metadata.google.internal/", "own network"),
        ("https://nas.home.arpa/", "own network"),
        ("https://abcdef.onion/", "own network"),
        ("https://uni..example.org/", "not a domain name"),
        ("https://-uni.example.org/", "not a domain name"),
        ("https://uni_1.example.org/", "not a domain name"),
        ("https://uni%2eexample.org/", "not a domain name"),
        ("https://uni.example.org\\@127.0.0.1/", "user name"),
        ("https://uni.example.org\\.evil.example/", "not a domain name"),
        ("https://" + "a" * 64 + ".example/", "not a domain name"),
        ("https://" + "a." * 130 + "example/", "not a domain name"),
        ("https:///etc", "not a domain name"),
        ("https://xn--localhost-.example/", "not a domain name"),
        ("https://xn--.example/", "not a domain name"),
        ("https://xn--a.example/", "internationalised and is not"),
        ("https://uni.example.org/#key-1", "into a document"),
        ("https://uni.example.org/a b", "does not belong"),
        ("https://uni.example.org/a\r\nHost: evil", "does not belong"),
        ("https://uni.example.org/é", "does not belong"),
        ("https://uni.example.org/%zz", "does not belong"),
        ("https://uni.example.org/" + "a" * 2048, "longer than"),
    ],
)
def test_any_other_url_is_refused_for_a_reason(url: str, because: str) -> None:
    """Threat 14: another scheme, port, user name, address in any spelling, or a name that leads inward."""
    with pytest.raises(FetchRefused, match=because) as caught:
        fetch_target(url)
    assert caught.value.next_step
    assert not fetch_allowed(url, PUBLIC)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.216.34",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:2800:220:1::1%1",
        "fec0::1",
        "ff02::1",
        "0177.0.0.1",
        "2130706433",
        "127.1",
        "",
        "uni.example.org",
    ],
)
def test_an_address_that_is_not_public_refuses_the_whole_name(address: str) -> None:
    """Threat 14: one bad answer among good ones is how a name is bent towards the inside."""
    assert address_refused(address)
    assert not fetch_allowed("https://uni.example.org/", [address])
    assert not fetch_allowed("https://uni.example.org/", [*PUBLIC, address])
    why = fetch_refused("https://uni.example.org/", [address, *PUBLIC])
    assert why == "uni.example.org resolves to what is not an address of the public internet."  # and not which


@pytest.mark.parametrize(
    "address", ["9.255.255.255", "11.0.0.0", "172.15.0.1", "172.32.0.1", "223.255.255.255", "2a00::1"]
)
def test_the_neighbours_of_private_ranges_are_public(address: str) -> None:
    assert address_refused(address) == ""


def test_a_name_without_an_address_is_not_fetched() -> None:
    assert fetch_refused("https://uni.example.org/", []) == "uni.example.org has no address."


@given(st.text(max_size=60))
def test_no_text_makes_the_rule_stumble(text: str) -> None:
    assert fetch_allowed(text, PUBLIC) in (True, False)
    assert fetch_allowed(f"https://{text}/", PUBLIC) in (True, False)


@given(st.ip_addresses(v=6))
def test_no_address_that_is_not_global_passes(address: object) -> None:
    if not address.is_global or address.is_multicast:  # type: ignore[attr-defined]
        assert address_refused(str(address))


@given(st.ip_addresses(v=4))
def test_no_old_address_that_is_not_global_passes(address: object) -> None:
    if not address.is_global or address.is_multicast:  # type: ignore[attr-defined]
        assert address_refused(str(address))
