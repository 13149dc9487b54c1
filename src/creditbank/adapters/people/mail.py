"""Handing mail over: to an SMTP server, or to a folder of one machine."""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from creditbank.adapters.system import SystemClock
from creditbank.services.mailing import Letter, MailUnavailable
from creditbank.services.ports import Clock

SECONDS: Final = 20
PORTS: Final = {"smtps": 465, "smtp": 587}


class SmtpMailer:
    """Implements `services.mailing.Mailer` with an SMTP server, over TLS that is checked.

    `smtps://user@host` speaks TLS from the start (RFC 8314), `smtp://user@host` demands STARTTLS; only a server on this
    very machine is spoken to in the clear. The password is none of the address's parts.
    """

    def __init__(self, url: str, sender: str, password: str = "", *, clock: Clock | None = None) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None, "settings name a mail server"
        self._tls, self._host = parts.scheme == "smtps", parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), password
        self._sender, self._clock = sender, clock or SystemClock()

    def send(self, id: str, letter: Letter) -> None:
        """Hand a letter over; raises `MailUnavailable`, which names neither address nor text."""
        try:
            with self._connect() as server:
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(message(id, letter, self._sender, self._clock))
        except (OSError, smtplib.SMTPException, ValueError) as cause:  # of no letter is another one held up
            raise MailUnavailable(
                f"The mail server does not take the letter ({type(cause).__name__}).",
                next_step="Check smtp_url, mail_from and the password.",
            ) from None

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=SECONDS, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=SECONDS)
        if self._host not in ("127.0.0.1", "::1", "localhost"):
            server.starttls(context=context)
        return server


class FolderMailer:
    """Implements `services.mailing.Mailer` with a folder that only its owner can read, for one machine."""

    def __init__(self, folder: Path, sender: str, *, clock: Clock | None = None) -> None:
        self._folder, self._sender, self._clock = folder, sender, clock or SystemClock()

    def send(self, id: str, letter: Letter) -> None:
        """Write a letter as `<id>.eml`; the same one again replaces itself."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._folder / f"{id.removeprefix('urn:uuid:')}.eml"
            whole = path.with_suffix(".new")
            whole.touch(mode=0o600)
            whole.write_bytes(message(id, letter, self._sender, self._clock).as_bytes())
            whole.replace(path)
        except OSError as cause:
            raise MailUnavailable(
                f"The folder for mail cannot be written to: {cause.strerror}.", next_step="Check its permissions."
            ) from None
        except ValueError:
            raise MailUnavailable("The letter cannot be written.", next_step="Check whom it is for.") from None


def message(id: str, letter: Letter, sender: str, clock: Clock) -> EmailMessage:
    """A letter as a message (RFC 5322). A line break in a header is refused by the library, not passed on."""
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = letter.to
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<{id.removeprefix('urn:uuid:')}@{sender.rpartition('@')[2].rstrip('>')}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    return made
