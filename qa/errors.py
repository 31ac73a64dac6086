"""
What can go wrong in asking; :class:`~index.FootnoteError` is the root::

    FootnoteError (index.errors)
    ├── InvalidQuestion                the question is empty or too long
    ├── InvalidHistory             the earlier turns of a conversation can't be read
    ├── InvalidSettings                a setting is unknown or out of range
    ├── InvalidQuestionSet             an evaluation set can't be read
    ├── InvalidPrompt                  a prompt file is missing, or names a field that isn't there
    ├── LlmFailed             the language model didn't answer
    ├── LibraryUnwritable          what was given to the web chat can't be kept or removed
    ├── LibraryDamaged             what was picked for the library can't be read
    ├── ConversationsDamaged       the file with the conversations is no database any more
    ├── ConversationsUnavailable   the conversations can't be opened, or written
    ├── ConversationDeleted           the conversation isn't there, or isn't that person's
    ├── InvalidCredentials                 a name or a password is no good
    ├── InvalidUsersFile                the file of those who may use the chat can't be used
    ├── PasswordsRequired            the chat would serve others and ask nobody for a password
    ├── InvalidSessionKey              the key that signs who a browser belongs to can't be used
    ├── SessionsUnavailable        the file of the sessions that were ended can't be used
    ├── InvalidCertificate         the chat's TLS certificate or its key can't be used
    └── AddressInUse               the chat can't listen there
"""

from index.errors import FootnoteError


class InvalidQuestion(FootnoteError):
    """The question is empty or too long."""


class InvalidHistory(FootnoteError):
    """The file with the earlier turns of a conversation can't be read."""


class InvalidSettings(FootnoteError):
    """A setting is unknown, malformed or out of range."""


class InvalidQuestionSet(FootnoteError):
    """An evaluation set can't be read."""


class InvalidPrompt(FootnoteError):
    """A prompt file is missing, or names a field that isn't there."""


class LlmFailed(FootnoteError):
    """The configured language model didn't answer in time, or answered with an error."""


class LibraryUnwritable(FootnoteError):
    """The folder with the files given to the web chat can't be written."""


class LibraryDamaged(FootnoteError):
    """The list of files left out of the library can't be read."""


class ConversationsDamaged(FootnoteError):
    """The file that holds the conversations is no database any more."""


class ConversationsUnavailable(FootnoteError):
    """The conversations can't be opened or written: locked, read-only, or of a later version."""


class ConversationDeleted(FootnoteError):
    """The conversation was deleted, or it is somebody else's; which of the two is not said."""


class InvalidCredentials(FootnoteError):
    """A name or a password can't be taken, or there is no such name."""


class InvalidUsersFile(FootnoteError):
    """The file of those who may use the chat is missing, malformed or unwritable."""


class PasswordsRequired(FootnoteError):
    """The chat would serve other machines and ask nobody for a password."""


class InvalidSessionKey(FootnoteError):
    """The key that signs who a browser belongs to can't be made or read."""


class SessionsUnavailable(FootnoteError):
    """The file of the sessions that were ended by logging out can't be read or written."""


class InvalidCertificate(FootnoteError):
    """The chat's TLS certificate or its key can't be read, or the two don't belong together."""


class AddressInUse(FootnoteError):
    """Something else listens on the chat's address."""
