"""The keys of an account, and Azure's Entra tokens where no key is given."""

from __future__ import annotations

from pulumi_ftjobs.lifecycle.errors import SettingsError
from pulumi_ftjobs.lifecycle.settings import Account, Found

_SCOPE = "https://cognitiveservices.azure.com/.default"


def bearer_keys(account: Account) -> list[Found]:
    """The keys to send, best first.

    With `entra` and no static token, one from Azure's default credential chain (extra `azure`).
    Raises SettingsError when there is no key at all.
    """
    if account.auth != "entra" or account.keys:
        account.require_key()
        return list(account.keys)
    return [Found(_default_credential_token(account), "Azure's default credential")]


def _default_credential_token(account: Account) -> str:
    try:
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - optional, and slow to import
    except ImportError:
        raise SettingsError(
            f"no key for {account.target.base_url}: set AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN, or install "
            "pulumi-ftjobs[azure] to use Azure's default credential"
        ) from None
    try:
        return str(DefaultAzureCredential().get_token(_SCOPE).token)
    except Exception as error:  # noqa: BLE001 - a chain of a dozen credentials, each with its own
        name = type(error).__name__
        raise SettingsError(
            f"Azure's default credential gave no token ({name}): run `az login`, or set AZURE_OPENAI_API_KEY"
        ) from None
