"""The ceremonies of Web Authentication, through the webauthn library."""

from collections.abc import Sequence
from typing import Any, Final

import webauthn
from webauthn.helpers import (
    options_to_json,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from creditbank.canonical import load_object
from creditbank.services.passkeys import Named, NewPasskey, Party, Shown, WrongPasskey, bytes_of, text_of
from creditbank.services.people_records import SignIn

NAME: Final = "Credit bank"
ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
FORMATS: Final = (AttestationFormat.NONE, AttestationFormat.PACKED)
"""What comes where no attestation is asked for: none, or a key's own signature. No certificate is ever asked for."""
LONGEST_CREDENTIAL: Final = 1023
"""Web Authentication 3, 7.1, step 25."""


class WebAuthnCeremonies:
    """Implements `services.passkeys.PasskeyCeremonies`: keys that devices find by themselves, and ask whose they are.

    An answer is a stranger's bytes in a library's hands: whatever it stumbles over there is a no, and nothing else.
    """

    def making(self, party: Party, *, user: bytes, name: str, challenge: bytes, known: Sequence[str]) -> str:
        """The options with which a device makes a key that it can find again by itself."""
        return options_to_json(
            webauthn.generate_registration_options(
                rp_id=party.id,
                rp_name=NAME,
                user_id=user,
                user_name=name,
                challenge=challenge,
                exclude_credentials=_descriptors(known),
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
                supported_pub_key_algs=ALGORITHMS,
            )
        )

    def made(self, party: Party, answer: str, *, challenge: bytes) -> NewPasskey:
        """The key that a device made; raises `WrongPasskey`."""
        try:
            credential = parse_registration_credential_json(load_object(answer.encode()))
            if parse_attestation_object(credential.response.attestation_object).fmt not in FORMATS:
                raise WrongPasskey
            found = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=party.id,
                expected_origin=party.origin,
                require_user_verification=True,
                supported_pub_key_algs=ALGORITHMS,
            )
        except Exception:
            raise WrongPasskey from None
        if not 16 <= len(found.credential_id) <= LONGEST_CREDENTIAL:
            raise WrongPasskey
        details: dict[str, Any] = {
            "device": found.credential_device_type.value,
            "backedUp": found.credential_backed_up,
            "userVerified": found.user_verified,
        }
        key = text_of(found.credential_public_key)
        return NewPasskey(text_of(found.credential_id), key, found.sign_count, details)

    def showing(self, party: Party, *, challenge: bytes, known: Sequence[str], verified: bool) -> str:
        """The options with which a device shows a key."""
        return options_to_json(
            webauthn.generate_authentication_options(
                rp_id=party.id,
                challenge=challenge,
                allow_credentials=_descriptors(known),
                user_verification=(
                    UserVerificationRequirement.REQUIRED if verified else UserVerificationRequirement.PREFERRED
                ),
            )
        )

    def named(self, answer: str) -> Named:
        """Which key an answer is about; raises `WrongPasskey` for what is no answer."""
        try:
            credential = parse_authentication_credential_json(load_object(answer.encode()))
        except Exception:
            raise WrongPasskey from None
        return Named(text_of(credential.raw_id), credential.response.user_handle)

    def shown(self, party: Party, answer: str, *, challenge: bytes, sign_in: SignIn, verified: bool) -> Shown:
        """Check an answer under a stored key; raises `WrongPasskey`."""
        try:
            found = webauthn.verify_authentication_response(
                credential=load_object(answer.encode()),
                expected_challenge=challenge,
                expected_rp_id=party.id,
                expected_origin=party.origin,
                credential_public_key=bytes_of(sign_in.secret),
                credential_current_sign_count=sign_in.counter,
                require_user_verification=verified,
            )
        except Exception:
            raise WrongPasskey from None
        return Shown(found.new_sign_count, found.user_verified)


def _descriptors(known: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=bytes_of(each)) for each in known]
