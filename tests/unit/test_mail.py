"""Mail handed over: to a folder, and to an SMTP server that the test itself is."""

import email
import socket
import stat
import threading
from email.policy import SMTP
from pathlib import Path

import pytest
from front_doors import TestClock

from creditbank.adapters.people import FolderMailer, SmtpMailer
from creditbank.services.mailing import Letter, MailUnavailable

LETTER = Letter(
    "zoe@sample.example", "Your account", "Hello.\n\nA line of a hundred characters: " + "x" * 100 + "\n.\n"
)


def test_a_folder_keeps_each_letter_for_its_owner_only(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "outbox", "bank@sample.example", clock=TestClock())
    mailer.send("urn:uuid:1", LETTER)
    mailer.send("urn:uuid:1", LETTER)
    (file,) = (tmp_path / "outbox").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    message = email.message_from_bytes(file.read_bytes(), policy=SMTP)
    assert (message["To"], message["From"], message["Subject"]) == (LETTER.to, "bank@sample.example", LETTER.subject)
    assert message["Message-ID"] == "<1@sample.example>"
    assert message.get_body().get_content().replace("\r\n", "\n") == LETTER.text


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(MailUnavailable):
        FolderMailer(tmp_path / "outbox", "bank@sample.example").send("urn:uuid:1", LETTER)


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: c@d.example", "a@b.example\nX: y"])
def test_a_line_break_adds_no_header(tmp_path: Path, to: str) -> None:
    with pytest.raises(MailUnavailable):
        FolderMailer(tmp_path, "bank@sample.example").send("urn:uuid:1", Letter(to, "s", "t"))
    assert not list(tmp_path.glob("*.eml"))


def serve_once(listening: socket.socket, heard: list[str], *, refuse: bool) -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 test\r\n")
        data = False
        for line in lines:
            text = line.decode().rstrip("\r\n")
            heard.append(text)
            if data:
                data = text != "."
                answer = b"" if data else b"250 taken\r\n"
            elif text.upper() == "DATA":
                data, answer = True, b"354 go on\r\n"
            elif text.upper().startswith("RCPT") and refuse:
                answer = b"550 no\r\n"
            else:
                answer = b"221 bye\r\n" if text.upper() == "QUIT" else b"250 fine\r\n"
            connection.sendall(answer)
            if text.upper() == "QUIT":
                return


@pytest.mark.parametrize("refuse", [False, True])
def test_a_server_takes_the_letter_or_it_waits(refuse: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard: list[str] = []
        thread = threading.Thread(target=serve_once, args=(listening, heard), kwargs={"refuse": refuse}, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        mailer = SmtpMailer(f"smtp://127.0.0.1:{port}", "bank@sample.example", clock=TestClock())
        if refuse:
            with pytest.raises(MailUnavailable) as refusal:
                mailer.send("urn:uuid:1", LETTER)
            assert LETTER.to not in str(refusal.value)
        else:
            mailer.send("urn:uuid:1", LETTER)
            assert "rcpt TO:<zoe@sample.example>" in heard
            assert "Subject: Your account" in heard
        thread.join(5)


def test_a_server_that_is_away_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(MailUnavailable):
        SmtpMailer(f"smtp://127.0.0.1:{port}", "bank@sample.example").send("urn:uuid:1", LETTER)
