"""An SMTP server that demands STARTTLS and a login, and stores each message as a file.

    mail_server.py PORT FOLDER USER PASSWORD

FOLDER/ca.pem       the authority that a client must trust; it signed the server's certificate for "localhost"
FOLDER/mail/*.eml   the messages in the order of their arrival, with X-MailFrom and X-RcptTo of the envelope
Nobody at refused.example is known.

FOLDER/refuse       while it holds a number above zero, a message is answered with 451 and the number goes down by one
"""

import asyncio
import datetime
import os
import pathlib
import ssl
import sys

from aiosmtpd.handlers import COMMASPACE
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def certificate(name, key, issuer, issuer_key, *extensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def write_certificates(folder):
    """Makes an authority and a certificate that it signed, since clients rightly refuse an authority as a server."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = named("Handover tests")
    authority = certificate(
        authority_name,
        authority_key,
        authority_name,
        authority_key,
        (x509.BasicConstraints(ca=True, path_length=0), True),
    )
    server = certificate(
        named("localhost"),
        server_key,
        authority_name,
        authority_key,
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName([x509.DNSName("localhost")]), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    )
    pem = serialization.Encoding.PEM
    (folder / "server.pem").write_bytes(
        server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + server.public_bytes(pem)
    )
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))


class Mailbox:
    def __init__(self, folder):
        self.mail = folder / "mail"
        self.mail.mkdir(exist_ok=True)
        self.refuse = folder / "refuse"
        self.count = 0

    def refuses(self):
        try:
            left = int(self.refuse.read_text())
        except FileNotFoundError:
            return False
        if left <= 0:
            return False
        write_whole(self.refuse, str(left - 1).encode())
        return True

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.refuses():
            return "451 4.3.0 Try again later"
        self.count += 1
        head = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {COMMASPACE.join(envelope.rcpt_tos)}\r\n"
        write_whole(self.mail / f"{self.count:06}.eml", head.encode() + envelope.content)
        return "250 OK"


def write_whole(path, content):
    """A reader sees the whole file or none."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    os.replace(draft, path)


async def serve(port, folder, user, password):
    write_certificates(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    mailbox = Mailbox(folder)

    def authenticate(server, session, envelope, mechanism, login):
        right = isinstance(login, LoginPassword) and (login.login, login.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    def session():
        return SMTP(
            mailbox,
            hostname="localhost",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=authenticate,
            enable_SMTPUTF8=True,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    port, folder, user, password = sys.argv[1:]
    asyncio.run(serve(int(port), pathlib.Path(folder), user, password))
