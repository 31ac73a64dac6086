"""
What can go wrong in asking; :class:`~index.FootnoteError` is the root::

    FootnoteError (index.errors)
    ├── BadQuestion                the question is empty or too long
    ├── BadSettings                a setting is unknown or out of range
    ├── BadQuestionSet             an evaluation set can't be read
    ├── BadPrompt                  a prompt file is missing, or names a field that isn't there
    ├── EndpointFailed             the language model didn't answer
    ├── LibraryUnwritable          what was given to the web chat can't be kept or removed
    ├── LibraryDamaged             what was picked for the library can't be read
    ├── ConversationsDamaged       the file with the conversations is no database any more
    ├── ConversationsUnavailable   the conversations can't be opened, or written
    ├── ConversationGone           the conversation isn't there, or isn't that person's
    ├── BadAccount                 a name or a password is no good
    ├── BadAccounts                the file of those who may use the chat can't be used
    ├── PasswordsNeeded            the chat would serve others and ask nobody for a password
    ├── BadSessionKey              the key that signs who a browser belongs to can't be used
    ├── SessionsUnavailable        the file of the sessions that were ended can't be used
    ├── InvalidCertificate         the chat's TLS certificate or its key can't be used
    └── AddressTaken               the chat can't listen there
"""

from index.errors import FootnoteError


class BadQuestion(FootnoteError):
    """The question is empty or too long."""


class BadSettings(FootnoteError):
    """A setting is unknown, malformed or out of range."""


class BadQuestionSet(FootnoteError):
    """An evaluation set can't be read."""


class BadPrompt(FootnoteError):
    """A prompt file is missing, or names a field that isn't there."""


class EndpointFailed(FootnoteError):
    """The configured language model didn't answer in time, or answered with an error."""


class LibraryUnwritable(FootnoteError):
    """The folder with the files given to the web chat can't be written."""


class LibraryDamaged(FootnoteError):
    """The list of files left out of the library can't be read."""


class ConversationsDamaged(FootnoteError):
    """The file that holds the conversations is no database any more."""


class ConversationsUnavailable(FootnoteError):
    """The conversations can't be opened or written: locked, read-only, or of a later version."""


class ConversationGone(FootnoteError):
    """The conversation was deleted, or it is somebody else's; which of the two is not said."""


class BadAccount(FootnoteError):
    """A name or a password can't be taken, or there is no such name."""


class BadAccounts(FootnoteError):
    """The file of those who may use the chat is missing, malformed or unwritable."""


class PasswordsNeeded(FootnoteError):
    """The chat would serve other machines and ask nobody for a password."""


class BadSessionKey(FootnoteError):
    """The key that signs who a browser belongs to can't be made or read."""


class SessionsUnavailable(FootnoteError):
    """The file of the sessions that were ended by logging out can't be read or written."""


class InvalidCertificate(FootnoteError):
    """The chat's TLS certificate or its key can't be read, or the two don't belong together."""


class AddressTaken(FootnoteError):
    """Something else listens on the chat's address."""
