"""
Errors of questions, the chat and settings, below :class:`index.FootnoteError`.

Their messages are written for people::

    FootnoteError (index.errors)
    ├── InvalidQuestion            the question is empty or too long
    ├── InvalidHistory             the earlier turns of a conversation can't be read
    ├── InvalidSettings            a setting is unknown or out of range
    ├── InvalidQuestionSet         a question set can't be read
    ├── InvalidArchive             a zip archive is damaged or exceeds a limit
    ├── InvalidPrompt              a prompt file is missing or has an unknown field
    ├── LlmFailed                  the language model didn't answer
    ├── LlmCancelled               nobody waits for the language model's answer any more
    ├── LlmUnavailable             a language model can't be found, loaded or chosen
    ├── LibraryUnwritable          uploads can't be stored or removed
    ├── LibraryDamaged             the list of excluded files can't be read
    ├── ConversationsDamaged       the conversations' file is not a database
    ├── ConversationsUnavailable   the conversations can't be opened or written
    ├── ConversationDeleted        the conversation doesn't exist for this user
    ├── AnswerRunning              another question of the conversation is being answered
    ├── InvalidCredentials         a name or password is not allowed or unknown
    ├── InvalidUsersFile           the file with the users' accounts can't be used
    ├── PasswordsRequired          the chat would serve other computers without passwords
    ├── InvalidSessionKey          the key that signs sessions can't be used
    ├── SessionsUnavailable        the file of ended sessions can't be used
    ├── InvalidCertificate         the chat's TLS certificate or its key can't be used
    └── AddressInUse               another program listens on the chat's address
"""

from index.errors import FootnoteError


class InvalidQuestion(FootnoteError):
    """The question is empty or too long."""


class InvalidHistory(FootnoteError):
    """The file with the earlier turns of a conversation can't be read."""


class InvalidSettings(FootnoteError):
    """A setting is unknown, malformed or out of range."""


class InvalidQuestionSet(FootnoteError):
    """A question set can't be read."""


class InvalidArchive(FootnoteError):
    """A zip archive is damaged, password-protected or too large."""


class InvalidPrompt(FootnoteError):
    """A prompt file is missing or has an unknown field."""


class LlmFailed(FootnoteError):
    """
    The configured language model didn't answer in time, or answered with an error.

    Args:
        message: What happened, without a full stop.
        is_temporary: Whether another attempt may succeed.
        is_too_long: Whether the prompt was longer than the model can read.
        retry_after: Seconds after which the server asks to try again; 0 if it doesn't say.
    """

    def __init__(
        self,
        message: str,
        *,
        is_temporary: bool = False,
        is_too_long: bool = False,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary
        self.is_too_long = is_too_long
        self.retry_after = retry_after


class LlmCancelled(FootnoteError):
    """Nobody waits for the language model's answer any more."""


class LlmUnavailable(FootnoteError):
    """A language model can't be found, loaded or chosen."""


class LibraryUnwritable(FootnoteError):
    """The folder with the uploaded files can't be written."""


class LibraryDamaged(FootnoteError):
    """The list of files excluded from the library can't be read."""


class ConversationsDamaged(FootnoteError):
    """The file with the conversations is not a valid database."""


class ConversationsUnavailable(FootnoteError):
    """The conversations can't be opened or written: locked, read-only, or of a later version."""


class ConversationDeleted(FootnoteError):
    """The conversation was deleted or belongs to somebody else; the message doesn't say which."""


class AnswerRunning(FootnoteError):
    """Another question of the conversation is still being answered."""


class InvalidCredentials(FootnoteError):
    """A name or password is not allowed, or there is no user with the name."""


class InvalidUsersFile(FootnoteError):
    """The file with the users' accounts is missing, malformed or can't be written."""


class PasswordsRequired(FootnoteError):
    """The chat would serve other computers without asking for a password."""


class InvalidSessionKey(FootnoteError):
    """The key that signs sessions can't be created or read."""


class SessionsUnavailable(FootnoteError):
    """The file of the sessions that ended by logging out can't be read or written."""


class InvalidCertificate(FootnoteError):
    """The chat's TLS certificate or its key can't be read, or they don't match."""


class AddressInUse(FootnoteError):
    """Another program listens on the chat's address."""
