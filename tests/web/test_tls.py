"""TLS: serving with a certificate, secure cookies, and errors of invalid files."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from qa.auth.accounts import set_password
from qa.errors import InvalidCertificate
from qa.web.tls import tls_context
from tests.web.server import browsing, running
from tests.web.sockets import certificate

ANN = ("ann", "correct horse")


@pytest.fixture(scope="module")
def certificate_files(tmp_path_factory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.browser
def test_chat_is_served_over_tls(tmp_path, certificate_files):
    """The cookie is only sent over TLS, and logging out ends the session."""
    users = tmp_path / "users.toml"
    set_password(users, *ANN)
    flags = [
        "--auth",
        str(users),
        "--tls-cert",
        str(certificate_files[0]),
        "--tls-key",
        str(certificate_files[1]),
    ]
    with running(tmp_path / "none-yet", *flags) as chat, browsing(ignore_https_errors=True) as page:
        assert chat.address == f"https://127.0.0.1:{chat.port}"
        page.goto(chat.address)
        page.get_by_label("Name").fill(ANN[0])
        page.get_by_label("Password").fill(ANN[1])
        page.get_by_role("button", name="Log in").click()
        page.locator(".fn-welcome").wait_for()
        [cookie] = page.context.cookies()
        page.get_by_role("button", name="Log out (ann)").click()
        expect(page.get_by_label("Password")).to_be_visible()
        page.context.add_cookies([cookie])
        page.goto(chat.address)

        expect(page.get_by_label("Password")).to_be_visible()
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")


def test_certificate_and_key_can_be_one_file(tmp_path, certificate_files):
    """As some programs write them."""
    both = tmp_path / "both.pem"
    both.write_bytes(certificate_files[0].read_bytes() + certificate_files[1].read_bytes())

    assert tls_context(both, None).get_ca_certs() == []


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def test_invalid_file_is_one_line(tmp_path, certificate_files):
    """The error names the file and what to do, and doesn't prompt for a password."""
    cert, key = certificate_files
    other = certificate(tmp_path, "other")[1]
    encrypted = tmp_path / "encrypted.key"
    openssl("pkey", "-in", key, "-out", encrypted, "-aes256", "-passout", "pass:secret")
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    expected = {
        (cert, other): f"{other} is not the key of {cert}. Check tls_cert and tls_key.",
        (cert, tmp_path): f"{tmp_path} can't be read (Is a directory). Check tls_cert and tls_key.",
        (tmp_path / "none", key): f"{tmp_path / 'none'} can't be read (No such file or directory). "
        "Check tls_cert and tls_key.",
        (text, key): f"{text} and {key} aren't a certificate and its key in PEM format. "
        "Check tls_cert and tls_key.",
        (cert, None): f"{cert} doesn't contain a certificate and its key in PEM format. Add --tls-key.",
        (cert, encrypted): f"{encrypted} is encrypted with a password. Remove the password: "
        "openssl pkey -in KEY -out NEW-KEY",
    }

    for (certificate_path, key_path), reason in expected.items():
        with pytest.raises(InvalidCertificate) as caught:
            tls_context(certificate_path, key_path)
        assert str(caught.value) == reason


def chat(*flags: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "qa", "chat", "--quiet", "--port", "0", *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--tls-key", "{key}"], "Error: tls_key is set, which also needs tls_cert\n"),
        (["--tls-cert", "{key}"], "Error: {key} doesn't contain a certificate and its key in PEM format. "),
    ],
)
def test_key_without_certificate_is_refused(certificate_files, flags, expected):
    """The chat neither starts without TLS nor fails without a message."""
    result = chat(*(flag.format(key=certificate_files[1]) for flag in flags))

    assert result.returncode == 2
    assert result.stderr.startswith(expected.format(key=certificate_files[1]))
    assert len(result.stderr.splitlines()) == 1
