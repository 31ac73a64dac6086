"""The English texts of the web chat."""

import re

from index import ParseFailure, failure_codes
from qa.chat import store
from qa.chat.conversation_groups import Period
from qa.library import uploads
from qa.library.library import FileState
from qa.records import SupportState

THOUSANDS = ","
"""What separates the thousands of a number."""
NOUNS = {
    "document": ("document", "documents"),
    "page": ("page", "pages"),
    "passage": ("passage", "passages"),
}
"""Each counted noun after 1, and after other numbers."""

# The page

SIDEBAR = "Conversations and documents"
CONVERSATION = "Conversation"
MENU = "Menu"
QUESTION_LABEL = "Question"
QUESTION_PLACEHOLDER = "Ask your documents"
ASK = "Ask"
STOP = "Stop"
NO_PASSAGE_OPEN = "Click a footnote to see the quote in its source."
SETTINGS = "Settings"
STRICTNESS = "Strictness"
STRICT, STRICT_TITLE = "Strict", "Answer only if the documents very likely contain the answer"
BALANCED, BALANCED_TITLE = "Balanced", "Answer if the documents probably contain the answer"
LENIENT, LENIENT_TITLE = "Lenient", "Answer even if it is uncertain"
THEME, THEMES = "Theme", {"system": "Like the system", "light": "Light", "dark": "Dark"}
TEXT_SIZE, TEXT_SIZES = "Text size", {"normal": "Normal", "large": "Large"}
LANGUAGE, LANGUAGE_OF_BROWSER = "Language", "Like the browser"
SHORTCUTS = "Keyboard shortcuts"
SHORTCUT_KEYS = {
    "/": "Go to the question field",
    "Enter": "Ask",
    "Shift+Enter": "Begin a new line",
    "n": "Open the next footnote",
    "p": "Open the previous footnote",
    "?": "Show these shortcuts",
}
PASSAGES_PER_QUESTION = "Passages read per question"

# Empty conversation

WELCOME = "Ask your documents"
WELCOME_WITHOUT_DOCUMENTS = "Add your documents to get started"
INTRODUCTION = "Every sentence of an answer quotes its exact source in your {documents}."
INTRODUCTION_REFUSAL = "If they don’t contain the answer, Footnote tells you."
INTRODUCTION_WITHOUT_DOCUMENTS = (
    "Footnote answers only from your own files, and shows the exact quotes that support each answer."
)
USES = {
    "Add": "Files and folders: PDF, Word, Excel, web pages, e-mails and more. They stay on this computer.",
    "Ask": "A question in your own words. Each sentence of the answer has a footnote.",
    "Check": "A click on a footnote opens its document at the exact words.",
}
SUGGESTED_QUESTIONS = "Suggested questions"
CONVERSATION_MISSING = "This conversation no longer exists."

# Question and answer

UNDERSTOOD_AS = "Understood as: "
LITERAL = "Use my exact words"
LITERAL_TITLE = "Ask again without corrections and without the conversation"
SHOWING_RESULTS_FOR = "Showing results for "
EDIT, EDIT_TITLE = "Edit", "Edit the question; the present answer stays, too"
EDIT_NOTE = "The conversation continues from this question."
BRANCHES, BRANCH = "Versions of this question", "{number}/{total}"
PREVIOUS_BRANCH, NEXT_BRANCH = "Previous version", "Next version"
ASK_AGAIN, ASK_AGAIN_TITLE = "Ask again", "Ask again; the present answer stays, too"
COPY, COPY_MARKDOWN, COPIED = "Copy", "Copy as Markdown", "Copied"
READING = "Reading…"
QUEUED = "You are number {position} in the queue."
INTERRUPTED = "Stopped before there was an answer."
CANCELLED = "Stopped."
SOURCES_DISAGREE = "Your sources disagree"
DISAGREEING_SOURCES = "What each source says"
CLOSEST_PASSAGES = "Closest passages:"
POSSIBLY = "Possibly:"

# Footnotes

FOOTNOTES = "Footnotes"
FOOTNOTE = "Footnote {marker}"
VERIFIED, VERIFIED_TITLE = "✓ exact quote", "The document contains exactly these words at this place"
SOURCE_CHANGED = "This document has changed since the answer was given."
SOURCE_GONE = "This document was removed since the answer was given."
FILE_CHANGED = "The source has changed since it was indexed."
FILE_REMOVED = "The source was removed since it was indexed."
CHANGED = "the document has changed"
SUPPORT = {
    SupportState.PARTLY: ("partly supported", "The source says only a part of this sentence"),
    SupportState.UNSUPPORTED: ("no source found", "No passage was found that supports this sentence"),
    SupportState.CONTRADICTED: ("the source says otherwise", "The source says something else"),
}
"""What is shown after a sentence that its sources don't support, and the title of that."""
CONFIDENCE = {"high": "High confidence", "medium": "Medium confidence", "low": "Low confidence"}

# Why this answer

WHY = "Why this answer?"
SEARCHED_FOR = "Searched for"
WHY_CORRECTED = "Words that no document has were corrected to similar words of the documents."
WHY_FOLLOW_UP = "What this question leaves out was completed from the conversation."
PASSAGES_FOUND = "Passages found, best first"
PASSAGES_NOT_STORED = "None were found, or the answer was stored by a version that didn’t store them."
CITED_AS = "✓ footnote {markers}"
CONFIDENCE_LABEL = "Confidence"
CONFIDENCE_MEANINGS = {
    "high": "The cited words very probably answer the question.",
    "medium": "The cited words probably answer the question. Check them.",
    "low": "The cited words may be about something else. Check them.",
}
CONFIDENCE_MEASURED = "Of 100 answers with this confidence, about {percent} should be right."
WITHOUT_CONFIDENCE = "Answers of this form describe documents, and have no confidence."
WHY_REFUSED = (
    "No passage was likely enough to answer the question. In the settings, a more lenient strictness shows "
    "less certain answers."
)
WRITTEN_BY = "Written by"
WRITTEN_BY_MODEL = "{name}, a language model. Each sentence was checked against the passages."
WRITTEN_BY_DOCUMENTS = "The documents: the sentences are theirs."

# Rating

RATE_UP_TITLE = "This answer is right"
RATE_DOWN_TITLE = "This answer is wrong"
COMMENT = "Add a comment (optional)"
CORRECTION = "The right answer (optional)"
SAVE_COMMENT, UPDATE_COMMENT = "Save", "Update"

# Sidebar

NEW_CONVERSATION = "New conversation"
CONVERSATIONS = "Conversations"
SEARCH = "Search"
SEARCH_CONVERSATIONS = "Search conversations"
PERIODS = {
    Period.PINNED: "Pinned",
    Period.TODAY: "Today",
    Period.YESTERDAY: "Yesterday",
    Period.WEEK: "Last 7 days",
    Period.EARLIER: "Earlier",
}
NO_CONVERSATIONS = "Your conversations appear here."
NO_CONVERSATIONS_FOUND = "No conversations found."
SHOW_MORE_CONVERSATIONS = "Show more"
CONVERSATION_MENU, CONVERSATION_MENU_TITLE = "⋯", "Rename, export or delete this conversation"
CONVERSATION_TITLE = "Title"
RENAME = "Rename"
EXPORT_HTML = "Share as a web page"
EXPORT_MARKDOWN, EXPORT_JSON = "Export as Markdown", "Export as JSON"
PRINT, PRINT_SOURCE = "Print", "Print the source as shown"
PIN, UNPIN = "Pin", "Unpin"
DELETE_CONVERSATION = "Delete conversation"
CONVERSATION_DELETED = "Deleted “{title}”."
UNDO = "Undo"
TRASH = "Trash"
TRASH_NOTE = f"Deleted conversations are removed after {store.TRASH_TTL.days} days."
TRASH_EMPTY = "The trash is empty."
RESTORE, RESTORE_NAMED = "Restore", "Restore {title}"
DELETE_FOREVER, DELETE_FOREVER_NAMED = "Delete permanently", "Delete {title} permanently"
BACK_TO_CONVERSATIONS = "Back to the conversations"
DOCUMENTS = "Documents"
MANAGE, MANAGE_DOCUMENTS = "Manage", "Manage documents"
LIMIT_SEARCH = "Search only in"
COLLECTION, COLLECTION_MENU = "Collection", "Save or delete collections"
ALL_DOCUMENTS = "All documents"
COLLECTION_NOTE = "Tick documents and folders below, and save them under a name."
COLLECTION_NAME, SAVE_COLLECTION = "Name of the collection", "Save"
DELETE_COLLECTION = "Delete “{name}”"
COLLECTION_DELETED = "Deleted the collection “{name}”."
SEARCH_ALL = "Search all documents"
SEARCHING_ONE = "Searching 1 selected document."
SEARCHING_MANY = "Searching {count} selected documents."
MORE_DOCUMENTS = "and {documents} more"
UPLOADED_FILES = "Uploaded files"
EXPORT_RATED = "Export rated answers"
LOG_OUT = "Log out ({name})"

# Status

UPDATED_TODAY, UPDATED = "updated today, {time}", "updated {date}, {time}"
NOTHING_LEAVES = "nothing leaves this computer"
SENT_TO = "questions and passages are sent to {address}"
EMBEDDER, INDEX, READER, ANSWER = "Embedder", "Index", "Reader", "Answer"
VECTORS_AND_WORDS = "vectors and words"
CROSS_ENCODER = "cross-encoder, {precision}"
DOCUMENT_SENTENCES = "the documents’ own sentences"

# Language model

MODEL = "Language model"
MODEL_CURRENT = "Answers are written by {name}."
MODEL_NONE_CURRENT = "Answers are the documents’ own sentences."
MODEL_FIXED = "The language model is set by {origin}. Change it there."
MODEL_ADMIN_ONLY = "Only an administrator can choose the language model, which everybody shares."
MODEL_CHOICE = "Who writes the answers"
MODEL_NONE, MODEL_NONE_NOTE = "No language model", "Answers quote your documents."
MODEL_OTHER = "A server at another address"
MODEL_OTHER_NOTE = "It gets your questions, and the passages of your documents that fit them."
MODEL_ADDRESS, MODEL_NAME = "Address", "Model"
MODEL_KEY = "Environment variable with the key (optional)"
MODEL_USE, MODEL_TEST, MODEL_TESTING = "Use", "Test connection", "This can take a minute."
MODEL_USED = "Saved. The next question uses it."
TRIAL_ANSWER, TRIAL_NOTHING = "{name} answers: {answer}", "nothing"
TRIAL_RIGHT = "gives the right answer"
TRIAL_SUPPORTED = "its source supports the answer"
TRIAL_REFUSES = "refuses a question without an answer"
TRIAL_SPEED = "First sentence after {seconds} s."
YES, NO = "yes", "no"

# Documents

NOTHING_ADDED = "You haven’t added any documents yet."
ADD_DOCUMENTS = "Add documents"
CLOSE = "Close"
DROP_FILES = "Drop files or a folder here, or"
CHOOSE_FILES, CHOOSE_FOLDER = "Choose files", "Choose a folder"
SUPPORTED_TYPES = "Supported file types: {types}"
SEARCH_DOCUMENTS = "Search documents"
CHECK_FOR_CHANGES, REINDEX = "Check for changes", "Re-index everything"
NO_DOCUMENTS, NO_DOCUMENTS_FOUND = "There are no documents yet.", "No documents found."
MORE_DOCUMENTS_FOUND = "{documents} more; use the search to find them"
OUTDATED = "These documents were indexed by an older version of Footnote. “Check for changes” re-reads them."
TABLE_HEAD = ("Title", "Format", "Pages", "Passages", "Changed", "State")
ACTIONS = "Actions"
REMOVE, REMOVE_NAMED = "Remove", "Remove {title}"
EXCLUDE, EXCLUDE_NAMED = "Exclude from search", "Exclude {title} from search"
CANCEL = "Cancel"
PROGRESS, PROGRESS_OF = "Progress", "Progress of {title}"
STATES = {
    FileState.INDEXED: "Indexed",
    FileState.WAITING: "Waiting",
    FileState.READING: "Reading…",
    FileState.READ: "Read",
    FileState.FAILED: "Couldn’t be read",
    FileState.REMOVING: "Removing…",
}
STAGES = {
    "waiting": "Waiting",
    "reading": "Reading",
    "embedding": "Embedding",
    "writing": "Writing",
    "questions": "Preparing example questions",
    "stopping": "Stopping",
}
UPLOADING = "Uploading {name} ({number} of {total})"
MINUTES_LEFT, SECONDS_LEFT = "about {minutes} min left", "about {seconds} s left"
PASTE_TEXT = "Add pasted text"
TEXT_TITLE, TEXT = "Title (optional)", "Text"
ADD_TEXT = "Add the text"
SORT, FORMAT, STATE = "Sort by", "Format", "State"
SORT_KEYS = {
    "title": "By title",
    "changed": "Newest first",
    "format": "By format",
    "pages": "Most pages first",
    "passages": "Most passages first",
    "state": "Problems first",
}
ALL_FORMATS = "All formats"
PROBLEM_FILTERS = {"": "All files", "1": "Files with problems"}
RENAME_DOCUMENT, RENAME_NAMED, SAVE_TITLE = "Rename {title}", "New title of {title}", "Save the title"
DOCUMENT_REMOVED = "Removed “{title}”."
REMOVED_DOCUMENTS, NOTHING_REMOVED = "Removed documents", "No documents were removed."
REMOVED_NOTE = (
    f"Uploads are deleted after {uploads.TRASH_DAYS} days. Files in your folders are never deleted."
)
INCLUDE, INCLUDE_NAMED = "Include again", "Include {title} again"
ADMIN_ONLY = "Only an administrator can change the documents, which everybody shares."
UPLOADS_BUSY = "Other files are being uploaded. Add this one when they have finished."

# Source viewer

SOURCE = "Source"
SOURCE_VIEW = "Source view"
SHOW_PAGES, SHOW_TEXT = "Show the pages", "Show as text"
SHOW_EARLIER, SHOW_LATER = "Show earlier text", "Show later text"
PREVIOUS_PAGE, NEXT_PAGE = "Previous page", "Next page"
ZOOM_OUT, ZOOM_IN = "Zoom out", "Zoom in"
THUMBNAILS = "All pages"
PREVIOUS_FOOTNOTE, NEXT_FOOTNOTE = "Previous footnote (p)", "Next footnote (n)"
WIDEN_SOURCE = "Change the width of the source"
DOCUMENT = "Document"
FIND_IN_DOCUMENT = "Search in this document"
NOT_FOUND = "Not found in this document."
OPEN, OPEN_NAMED = "Open", "Open {title}"
CLOSE_SOURCE = "Close the source"
ALSO_ON_PAGE = "also on page {pages}"
RELATED_PASSAGE = "A related passage, not an answer"
PASSAGE = "Passage"
PAGE, SLIDE = "page {number}", "slide {number}"
COUNT = "{number} of {total}"
NOT_ON_PAGE = "this quote isn’t visible on the page"
TOO_MANY_PAGES = "too many pages are being drawn at once. Try again in a moment"
SOURCE_FAILED = "The source can’t be shown: {reason}."
SOURCE_SILENT = "the server didn’t answer. Try again in a moment"
PAGE_FAILED = "This page can’t be shown. Here is its text instead."
ORIGINAL, OPEN_ORIGINAL = "Original", "Open the original file"
ORIGINAL_MISSING = "the file was changed or removed since it was indexed"
FOOTNOTE_MISSING = "this footnote no longer exists"

# Login and requests

LOG_IN = "Log in"
LOGIN_PAGE = "Footnote: log in"
LOGIN_NAME, LOGIN_PASSWORD = "Name", "Password"
WRONG_LOGIN = "Wrong name or password."
TOO_MANY_LOGINS = "Too many people are logging in at once. Try again in a moment."
TOO_MANY_PASSWORDS = "Too many wrong passwords. Try again in {minutes} min."
STILL_LOGGED_IN = "You are still logged in. {error}"
OPEN_PRINTED_ADDRESS = "Open the address that “footnote chat” printed."
SESSION_UNKNOWN = "The chat can’t check who is logged in. See its log for the reason."
HOST_NOT_ALLOWED = "Host not allowed: {host}"
CROSS_ORIGIN = "Cross-origin request refused."
SERVER_SILENT = "The server didn’t answer. Try again in a moment."
FORM_TOO_LONG = "The form is too long."

# Messages of other parts of the program, as they write them, without the full stop

MESSAGES = {
    template: template
    for message in (
        *(ParseFailure(code).message for code in failure_codes()),
        *(ParseFailure(code).advice for code in failure_codes()),
        "The file {problem}",
        "the source {problem}",
        "page {number}",
        "pages {numbers}",
        "pages {numbers}, {count} in all",
        "the limit is {limit}",
        "{count} characters",
        "more than {size} GB",
        "line {number}",
        "UTF-8, at byte {number}",
        "not a valid {suffix} file",
        "its part {name} can't be unpacked",
        "supported: {types}",
        "in the archive",
        "I couldn't find an answer in your documents",
        "You haven't added any documents yet",
        "Another question of this conversation is being answered",
        "Wait for its answer, or stop it",
        "This answer can't be read from the disk",
        "Ask again",
        "This conversation was deleted",
        "Start a new one",
        "Type a question, such as: Who wrote this?",
        "Your question is too long ({length} of at most {limit} characters)",
        "{count} of your questions are already in the queue",
        "Ask again when one has been answered",
        "{count} other questions are in the queue",
        "Try again in a moment",
        "The language model found no answer in the closest passages",
        "Your documents don't support what the language model wrote",
        "This answer uses the documents' own sentences",
        "The language model's answer was empty",
        "The language model's answer is not valid JSON",
        "The language model wrote nothing for {seconds} s",
        "The language model took longer than {seconds} s",
        "The language model returned the error {status}",
        "see the setting {name}",
        "The language model couldn't be reached or stopped responding",
        "No model is chosen",
        "Type the address of a server and the name of its model",
        "There is no index in {folder}",
        "Nothing has been indexed yet",
        "Run: {command}",
        "Process {number} is building this index",
        "Wait until it has finished, or stop it: {command}",
        "Trying again",
        "Can't write the index in {folder}: {reason}",
        "Free up disk space or choose another folder with --index-dir",
        "Can't write the library in {folder}: {reason}",
        "Can't write the titles in {folder}: {reason}",
        "Free up disk space or choose another folder with the setting data_dir",
        "Indexing failed",
        "The index is unchanged",
        "Cancelled",
        "uploaded files are still there",
        "1 document, 1 passage",
        "1 document, {passages} passages",
        "{documents} documents, {passages} passages",
        "1 file couldn't be read",
        "{files} files couldn't be read",
        "1 file could be read only in part",
        "{files} files could be read only in part",
    )
    for template in [re.sub(r"(?<=raise the setting )\w+", "{name}", message.rstrip("."))]
}
"""Parts of messages by themselves; a language that isn't English has its own text for each of them."""
