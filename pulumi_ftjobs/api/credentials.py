"""The keys of an account, best first, and Azure's Entra tokens where no key is given."""

from __future__ import annotations

import hashlib
import threading
from typing import Any, Final

from pulumi_ftjobs.lifecycle.base_error import SettingsError
from pulumi_ftjobs.lifecycle.settings import Account, Found

SCOPE: Final = "https://cognitiveservices.azure.com/.default"
"""What an Entra token for Azure OpenAI is asked for."""


class Keys:
    """Gives the key in force for each request. Thread-safe."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._given = list(account.keys)
        self._credential: Any = None
        self._lock = threading.Lock()

    def current(self) -> Found:
        """The key in force; a fresh token where Azure's default credential gives them.

        Raises SettingsError when there is none.
        """
        with self._lock:
            if self._given:
                return self._given[0]
            if self._account.auth == "entra":
                return Found(self._token(), "Azure's default credential")
            return self._account.require_key()

    def mark(self) -> str | None:
        """A mark of the key in force, too short to say anything about it; None where keys change by themselves.

        Written into state: the recipe is permanent.
        """
        if self._account.auth == "entra" or not self._given:
            return None
        text = f"pulumi-ftjobs {self._account.target.identity} {self._given[0].value}"
        return f"v1:{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def drop(self) -> bool:
        """Go on with the next source's key. False when there is none."""
        with self._lock:
            if len(self._given) < 2:
                return False
            del self._given[0]
            return True

    def _token(self) -> str:
        """A token; the credential keeps it until it is about to expire."""
        if self._credential is None:
            self._credential = self._default_credential()
        try:
            return str(self._credential.get_token(SCOPE).token)
        except Exception as error:  # noqa: BLE001 - a chain of a dozen credentials, each with its own
            name = type(error).__name__
            raise SettingsError(
                f"Azure's default credential gave no token ({name}): run `az login`, or set AZURE_OPENAI_API_KEY"
            ) from None

    def _default_credential(self) -> Any:
        try:
            from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - optional, and slow to import
        except ImportError:
            raise SettingsError(
                f"no key for {self._account.target.base_url}: set AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN, "
                "or install pulumi-ftjobs[azure] to use Azure's default credential"
            ) from None
        return DefaultAzureCredential()
