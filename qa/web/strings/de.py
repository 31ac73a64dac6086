"""The German texts of the web chat."""

from qa.chat import store
from qa.chat.conversation_groups import Period
from qa.library import uploads
from qa.library.library import FileState
from qa.records import SupportState

THOUSANDS = "."
NOUNS = {
    "document": ("Dokument", "Dokumente"),
    "page": ("Seite", "Seiten"),
    "passage": ("Textstelle", "Textstellen"),
}

# The page

SIDEBAR = "Gespräche und Dokumente"
CONVERSATION = "Gespräch"
MENU = "Menü"
QUESTION_LABEL = "Frage"
QUESTION_PLACEHOLDER = "Fragen Sie Ihre Dokumente"
ASK = "Fragen"
STOP = "Anhalten"
NO_PASSAGE_OPEN = "Klicken Sie auf eine Fußnote, um das Zitat in seiner Quelle zu sehen."
SETTINGS = "Einstellungen"
STRICTNESS = "Strenge"
STRICT, STRICT_TITLE = "Streng", "Nur antworten, wenn die Dokumente die Antwort sehr wahrscheinlich enthalten"
BALANCED, BALANCED_TITLE = "Ausgewogen", "Antworten, wenn die Dokumente die Antwort wahrscheinlich enthalten"
LENIENT, LENIENT_TITLE = "Großzügig", "Auch antworten, wenn es unsicher ist"
THEME, THEMES = "Darstellung", {"system": "Wie das System", "light": "Hell", "dark": "Dunkel"}
TEXT_SIZE, TEXT_SIZES = "Schriftgröße", {"normal": "Normal", "large": "Groß"}
LANGUAGE, LANGUAGE_OF_BROWSER = "Sprache", "Wie der Browser"
SHORTCUTS = "Tastenkürzel"
SHORTCUT_KEYS = {
    "/": "Zum Fragefeld gehen",
    "Enter": "Fragen",
    "Shift+Enter": "Eine neue Zeile beginnen",
    "n": "Die nächste Fußnote öffnen",
    "p": "Die vorige Fußnote öffnen",
    "?": "Diese Tastenkürzel zeigen",
}
PASSAGES_PER_QUESTION = "Gelesene Textstellen je Frage"

# Empty conversation

WELCOME = "Fragen Sie Ihre Dokumente"
WELCOME_WITHOUT_DOCUMENTS = "Fügen Sie zuerst Ihre Dokumente hinzu"
INTRODUCTION = "Jeder Satz einer Antwort zitiert die genaue Stelle in Ihren Dokumenten ({documents})."
INTRODUCTION_REFUSAL = "Steht die Antwort nicht darin, sagt Footnote das."
INTRODUCTION_WITHOUT_DOCUMENTS = (
    "Footnote antwortet nur aus Ihren eigenen Dateien und zeigt zu jeder Antwort die genauen Zitate."
)
USES = {
    "Hinzufügen": "Dateien und Ordner: PDF, Word, Excel, Webseiten, E-Mails und mehr. "
    "Sie bleiben auf diesem Computer.",
    "Fragen": "Eine Frage in Ihren eigenen Worten. Jeder Satz der Antwort hat eine Fußnote.",
    "Prüfen": "Ein Klick auf eine Fußnote öffnet das Dokument an der genauen Stelle.",
}
SUGGESTED_QUESTIONS = "Vorgeschlagene Fragen"
CONVERSATION_MISSING = "Dieses Gespräch gibt es nicht mehr."

# Question and answer

UNDERSTOOD_AS = "Verstanden als: "
LITERAL = "Meine genauen Wörter verwenden"
LITERAL_TITLE = "Noch einmal fragen, ohne Korrekturen und ohne das Gespräch"
SHOWING_RESULTS_FOR = "Ergebnisse für "
EDIT, EDIT_TITLE = "Bearbeiten", "Die Frage bearbeiten; die jetzige Antwort bleibt erhalten"
EDIT_NOTE = "Das Gespräch geht von dieser Frage aus weiter."
BRANCHES, BRANCH = "Fassungen dieser Frage", "{number}/{total}"
PREVIOUS_BRANCH, NEXT_BRANCH = "Vorige Fassung", "Nächste Fassung"
ASK_AGAIN, ASK_AGAIN_TITLE = "Noch einmal fragen", "Noch einmal fragen; die jetzige Antwort bleibt erhalten"
COPY, COPY_MARKDOWN, COPIED = "Kopieren", "Als Markdown kopieren", "Kopiert"
READING = "Footnote liest…"
QUEUED = "Sie sind Nummer {position} in der Warteschlange."
INTERRUPTED = "Unterbrochen, bevor es eine Antwort gab."
CANCELLED = "Angehalten."
SOURCES_DISAGREE = "Ihre Quellen widersprechen sich"
DISAGREEING_SOURCES = "Was jede Quelle sagt"
CLOSEST_PASSAGES = "Am nächsten kommen:"
POSSIBLY = "Möglicherweise:"

# Footnotes

FOOTNOTES = "Fußnoten"
FOOTNOTE = "Fußnote {marker}"
VERIFIED, VERIFIED_TITLE = "✓ wörtliches Zitat", "Das Dokument enthält an dieser Stelle genau diese Wörter"
SOURCE_CHANGED = "Dieses Dokument wurde seit der Antwort geändert."
SOURCE_GONE = "Dieses Dokument wurde seit der Antwort entfernt."
FILE_CHANGED = "Die Quelle wurde geändert, seit sie indexiert wurde."
FILE_REMOVED = "Die Quelle wurde entfernt, seit sie indexiert wurde."
CHANGED = "das Dokument wurde geändert"
SUPPORT = {
    SupportState.PARTLY: ("teilweise belegt", "Die Quelle sagt nur einen Teil dieses Satzes"),
    SupportState.UNSUPPORTED: ("keine Quelle gefunden", "Keine Textstelle belegt diesen Satz"),
    SupportState.CONTRADICTED: ("die Quelle sagt anderes", "Die Quelle sagt etwas anderes"),
}
CONFIDENCE = {"high": "Hohe Sicherheit", "medium": "Mittlere Sicherheit", "low": "Geringe Sicherheit"}

# Why this answer

WHY = "Warum diese Antwort?"
SEARCHED_FOR = "Gesucht"
WHY_CORRECTED = "Wörter, die kein Dokument hat, wurden durch ähnliche Wörter der Dokumente ersetzt."
WHY_FOLLOW_UP = "Was diese Frage auslässt, stammt aus der Unterhaltung."
PASSAGES_FOUND = "Gefundene Textstellen, beste zuerst"
PASSAGES_NOT_STORED = "Keine, oder die Version, die diese Antwort gespeichert hat, speicherte sie nicht."
CITED_AS = "✓ Fußnote {markers}"
CONFIDENCE_LABEL = "Sicherheit"
CONFIDENCE_MEANINGS = {
    "high": "Die zitierten Worte beantworten die Frage sehr wahrscheinlich.",
    "medium": "Die zitierten Worte beantworten die Frage wahrscheinlich. Prüfen Sie sie.",
    "low": "Die zitierten Worte handeln vielleicht von etwas anderem. Prüfen Sie sie.",
}
CONFIDENCE_MEASURED = "Von 100 Antworten mit dieser Sicherheit sollten etwa {percent} richtig sein."
WITHOUT_CONFIDENCE = "Antworten dieser Form beschreiben Dokumente und haben keine Sicherheit."
WHY_REFUSED = (
    "Keine Textstelle beantwortet die Frage wahrscheinlich genug. In den Einstellungen zeigt eine "
    "großzügigere Strenge auch unsichere Antworten."
)
WRITTEN_BY = "Geschrieben von"
WRITTEN_BY_MODEL = "{name}, einem Sprachmodell. Jeder Satz wurde an den Textstellen geprüft."
WRITTEN_BY_DOCUMENTS = "Den Dokumenten: Die Sätze stammen aus ihnen."

# Rating

RATE_UP_TITLE = "Diese Antwort ist richtig"
RATE_DOWN_TITLE = "Diese Antwort ist falsch"
COMMENT = "Kommentar (freiwillig)"
CORRECTION = "Die richtige Antwort (freiwillig)"
SAVE_COMMENT, UPDATE_COMMENT = "Speichern", "Ändern"

# Sidebar

NEW_CONVERSATION = "Neues Gespräch"
CONVERSATIONS = "Gespräche"
SEARCH = "Suchen"
SEARCH_CONVERSATIONS = "Gespräche durchsuchen"
PERIODS = {
    Period.PINNED: "Angeheftet",
    Period.TODAY: "Heute",
    Period.YESTERDAY: "Gestern",
    Period.WEEK: "Letzte 7 Tage",
    Period.EARLIER: "Früher",
}
NO_CONVERSATIONS = "Hier erscheinen Ihre Gespräche."
NO_CONVERSATIONS_FOUND = "Keine Gespräche gefunden."
SHOW_MORE_CONVERSATIONS = "Mehr zeigen"
CONVERSATION_MENU, CONVERSATION_MENU_TITLE = "⋯", "Dieses Gespräch umbenennen, exportieren oder löschen"
CONVERSATION_TITLE = "Titel"
RENAME = "Umbenennen"
EXPORT_HTML = "Als Webseite teilen"
EXPORT_MARKDOWN, EXPORT_JSON = "Als Markdown exportieren", "Als JSON exportieren"
PRINT, PRINT_SOURCE = "Drucken", "Quelle drucken, wie sie gezeigt wird"
PIN, UNPIN = "Anheften", "Lösen"
DELETE_CONVERSATION = "Gespräch löschen"
CONVERSATION_DELETED = "„{title}“ wurde gelöscht."
UNDO = "Rückgängig"
TRASH = "Papierkorb"
TRASH_NOTE = f"Gelöschte Gespräche werden nach {store.TRASH_TTL.days} Tagen entfernt."
TRASH_EMPTY = "Der Papierkorb ist leer."
RESTORE, RESTORE_NAMED = "Wiederherstellen", "{title} wiederherstellen"
DELETE_FOREVER, DELETE_FOREVER_NAMED = "Endgültig löschen", "{title} endgültig löschen"
BACK_TO_CONVERSATIONS = "Zurück zu den Gesprächen"
DOCUMENTS = "Dokumente"
MANAGE, MANAGE_DOCUMENTS = "Verwalten", "Dokumente verwalten"
LIMIT_SEARCH = "Nur suchen in"
COLLECTION, COLLECTION_MENU = "Sammlung", "Sammlungen speichern oder löschen"
ALL_DOCUMENTS = "Alle Dokumente"
COLLECTION_NOTE = "Wählen Sie unten Dokumente und Ordner aus und speichern Sie sie unter einem Namen."
COLLECTION_NAME, SAVE_COLLECTION = "Name der Sammlung", "Speichern"
DELETE_COLLECTION = "„{name}“ löschen"
COLLECTION_DELETED = "Die Sammlung „{name}“ wurde gelöscht."
SEARCH_ALL = "Alle Dokumente durchsuchen"
SEARCHING_ONE = "Gesucht wird in 1 ausgewählten Dokument."
SEARCHING_MANY = "Gesucht wird in {count} ausgewählten Dokumenten."
MORE_DOCUMENTS = "und {documents} mehr"
UPLOADED_FILES = "Hochgeladene Dateien"
EXPORT_RATED = "Bewertete Antworten exportieren"
LOG_OUT = "Abmelden ({name})"

# Status

UPDATED_TODAY, UPDATED = "heute um {time} aktualisiert", "am {date} um {time} aktualisiert"
NOTHING_LEAVES = "nichts verlässt diesen Computer"
SENT_TO = "Fragen und Textstellen gehen an {address}"
EMBEDDER, INDEX, READER, ANSWER = "Einbettung", "Index", "Leser", "Antwort"
VECTORS_AND_WORDS = "Vektoren und Wörter"
CROSS_ENCODER = "Cross-Encoder, {precision}"
DOCUMENT_SENTENCES = "die Sätze der Dokumente selbst"

# Language model

MODEL = "Sprachmodell"
MODEL_CURRENT = "Die Antworten schreibt {name}."
MODEL_NONE_CURRENT = "Die Antworten sind Sätze der Dokumente selbst."
MODEL_FIXED = "Das Sprachmodell ist durch {origin} festgelegt. Ändern Sie es dort."
MODEL_ADMIN_ONLY = "Nur ein Administrator kann das Sprachmodell wählen, das alle gemeinsam verwenden."
MODEL_CHOICE = "Wer die Antworten schreibt"
MODEL_NONE, MODEL_NONE_NOTE = "Kein Sprachmodell", "Die Antworten zitieren Ihre Dokumente."
MODEL_OTHER = "Ein Server mit einer anderen Adresse"
MODEL_OTHER_NOTE = "Er bekommt Ihre Fragen und die dazu passenden Textstellen Ihrer Dokumente."
MODEL_ADDRESS, MODEL_NAME = "Adresse", "Modell"
MODEL_KEY = "Umgebungsvariable mit dem Schlüssel (freiwillig)"
MODEL_USE, MODEL_TEST, MODEL_TESTING = "Verwenden", "Verbindung testen", "Das kann eine Minute dauern."
MODEL_USED = "Gespeichert. Es gilt ab der nächsten Frage."
TRIAL_ANSWER, TRIAL_NOTHING = "{name} antwortet: {answer}", "nichts"
TRIAL_RIGHT = "gibt die richtige Antwort"
TRIAL_SUPPORTED = "die Quelle belegt die Antwort"
TRIAL_REFUSES = "gibt zu, wenn es keine Antwort gibt"
TRIAL_SPEED = "Erster Satz nach {seconds} s."
YES, NO = "ja", "nein"

# Documents

NOTHING_ADDED = "Sie haben noch keine Dokumente hinzugefügt."
ADD_DOCUMENTS = "Dokumente hinzufügen"
CLOSE = "Schließen"
DROP_FILES = "Ziehen Sie Dateien oder einen Ordner hierher, oder"
CHOOSE_FILES, CHOOSE_FOLDER = "Dateien wählen", "Ordner wählen"
SUPPORTED_TYPES = "Lesbare Dateitypen: {types}"
SEARCH_DOCUMENTS = "Dokumente durchsuchen"
CHECK_FOR_CHANGES, REINDEX = "Nach Änderungen suchen", "Alles neu indexieren"
NO_DOCUMENTS, NO_DOCUMENTS_FOUND = "Es gibt noch keine Dokumente.", "Keine Dokumente gefunden."
MORE_DOCUMENTS_FOUND = "{documents} mehr; die Suche findet sie"
OUTDATED = "Eine ältere Version hat diese Dokumente indexiert. „Nach Änderungen suchen“ liest sie neu."
TABLE_HEAD = ("Titel", "Format", "Seiten", "Textstellen", "Geändert", "Zustand")
ACTIONS = "Aktionen"
REMOVE, REMOVE_NAMED = "Entfernen", "{title} entfernen"
EXCLUDE, EXCLUDE_NAMED = "Nicht durchsuchen", "{title} von der Suche ausnehmen"
CANCEL = "Abbrechen"
PROGRESS, PROGRESS_OF = "Fortschritt", "Fortschritt von {title}"
STATES = {
    FileState.INDEXED: "Indexiert",
    FileState.WAITING: "Wartet",
    FileState.READING: "Wird gelesen…",
    FileState.READ: "Gelesen",
    FileState.FAILED: "Nicht lesbar",
    FileState.REMOVING: "Wird entfernt…",
}
STAGES = {
    "waiting": "Wartet",
    "reading": "Liest",
    "embedding": "Bettet ein",
    "writing": "Schreibt",
    "questions": "Bereitet Beispielfragen vor",
    "stopping": "Hält an",
}
UPLOADING = "{name} wird hochgeladen ({number} von {total})"
MINUTES_LEFT, SECONDS_LEFT = "noch etwa {minutes} min", "noch etwa {seconds} s"
PASTE_TEXT = "Text einfügen"
TEXT_TITLE, TEXT = "Titel (freiwillig)", "Text"
ADD_TEXT = "Den Text hinzufügen"
SORT, FORMAT, STATE = "Sortieren", "Format", "Zustand"
SORT_KEYS = {
    "title": "Nach Titel",
    "changed": "Neueste zuerst",
    "format": "Nach Format",
    "pages": "Meiste Seiten zuerst",
    "passages": "Meiste Textstellen zuerst",
    "state": "Probleme zuerst",
}
ALL_FORMATS = "Alle Formate"
PROBLEM_FILTERS = {"": "Alle Dateien", "1": "Dateien mit Problemen"}
RENAME_DOCUMENT, RENAME_NAMED, SAVE_TITLE = "{title} umbenennen", "Neuer Titel von {title}", "Titel speichern"
DOCUMENT_REMOVED = "„{title}“ wurde entfernt."
REMOVED_DOCUMENTS, NOTHING_REMOVED = "Entfernte Dokumente", "Es wurden keine Dokumente entfernt."
REMOVED_NOTE = (
    f"Hochgeladene Dateien werden nach {uploads.TRASH_DAYS} Tagen gelöscht, Dateien in Ihren Ordnern nie."
)
INCLUDE, INCLUDE_NAMED = "Wieder aufnehmen", "{title} wieder aufnehmen"
ADMIN_ONLY = "Nur ein Administrator kann die Dokumente ändern, die alle gemeinsam verwenden."
UPLOADS_BUSY = "Es werden gerade andere Dateien hochgeladen. Fügen Sie diese danach hinzu."

# Source viewer

SOURCE = "Quelle"
SOURCE_VIEW = "Ansicht der Quelle"
SHOW_PAGES, SHOW_TEXT = "Die Seiten zeigen", "Als Text zeigen"
SHOW_EARLIER, SHOW_LATER = "Früheren Text zeigen", "Späteren Text zeigen"
PREVIOUS_PAGE, NEXT_PAGE = "Vorige Seite", "Nächste Seite"
ZOOM_OUT, ZOOM_IN = "Verkleinern", "Vergrößern"
THUMBNAILS = "Alle Seiten"
PREVIOUS_FOOTNOTE, NEXT_FOOTNOTE = "Vorige Fußnote (p)", "Nächste Fußnote (n)"
WIDEN_SOURCE = "Die Breite der Quelle ändern"
DOCUMENT = "Dokument"
FIND_IN_DOCUMENT = "In diesem Dokument suchen"
NOT_FOUND = "Nicht in diesem Dokument gefunden."
OPEN, OPEN_NAMED = "Öffnen", "{title} öffnen"
CLOSE_SOURCE = "Die Quelle schließen"
ALSO_ON_PAGE = "auch auf Seite {pages}"
RELATED_PASSAGE = "Eine verwandte Textstelle, keine Antwort"
PASSAGE = "Textstelle"
PAGE, SLIDE = "Seite {number}", "Folie {number}"
COUNT = "{number} von {total}"
NOT_ON_PAGE = "dieses Zitat ist auf der Seite nicht zu sehen"
TOO_MANY_PAGES = "es werden gerade zu viele Seiten gezeichnet. Versuchen Sie es gleich noch einmal"
SOURCE_FAILED = "Die Quelle kann nicht gezeigt werden: {reason}."
SOURCE_SILENT = "der Server hat nicht geantwortet. Versuchen Sie es gleich noch einmal"
PAGE_FAILED = "Diese Seite kann nicht gezeigt werden. Hier ist ihr Text."
ORIGINAL, OPEN_ORIGINAL = "Original", "Originaldatei öffnen"
ORIGINAL_MISSING = "die Datei wurde seit der Indexierung geändert oder entfernt"
FOOTNOTE_MISSING = "diese Fußnote gibt es nicht mehr"

# Login and requests

LOG_IN = "Anmelden"
LOGIN_PAGE = "Footnote: Anmeldung"
LOGIN_NAME, LOGIN_PASSWORD = "Name", "Passwort"
WRONG_LOGIN = "Name oder Passwort ist falsch."
TOO_MANY_LOGINS = "Es melden sich gerade zu viele Menschen an. Versuchen Sie es gleich noch einmal."
TOO_MANY_PASSWORDS = "Zu viele falsche Passwörter. Versuchen Sie es in {minutes} min noch einmal."
STILL_LOGGED_IN = "Sie sind noch angemeldet. {error}"
OPEN_PRINTED_ADDRESS = "Öffnen Sie die Adresse, die „footnote chat“ ausgegeben hat."
SESSION_UNKNOWN = "Der Chat kann nicht prüfen, wer angemeldet ist. Der Grund steht in seinem Protokoll."
HOST_NOT_ALLOWED = "Dieser Hostname ist nicht erlaubt: {host}"
CROSS_ORIGIN = "Eine Anfrage von einer fremden Seite wurde abgelehnt."
SERVER_SILENT = "Der Server hat nicht geantwortet. Versuchen Sie es gleich noch einmal."
FORM_TOO_LONG = "Das Formular ist zu lang."

# Messages of other parts of the program

MESSAGES = {
    "doesn't exist": "gibt es nicht",
    "can't be read because of its permissions": "kann wegen ihrer Zugriffsrechte nicht gelesen werden",
    "can't be opened": "kann nicht geöffnet werden",
    "is not a regular file": "ist keine gewöhnliche Datei",
    "has an unsupported file type": "hat einen Dateityp, den Footnote nicht liest",
    "is empty": "ist leer",
    "contains no text": "enthält keinen Text",
    "is a scan without text": "ist ein Scan ohne Text",
    "is a picture, and recognising its words is not installed": (
        "ist ein Bild, und die Texterkennung ist nicht installiert"
    ),
    'Install the recognition of scans (pip install "footnote[ocr]") and index it again': (
        'Installieren Sie die Texterkennung (pip install "footnote[ocr]") und indexieren Sie sie noch einmal'
    ),
    "has no readable text, because its fonts don't say which letters they draw": (
        "hat keinen lesbaren Text, weil ihre Schriften nicht sagen, welche Buchstaben sie zeichnen"
    ),
    "has pages without readable text": "hat Seiten ohne lesbaren Text",
    "is password-protected": "ist mit einem Passwort geschützt",
    "is password-protected or in an old Office format": (
        "ist mit einem Passwort geschützt oder in einem alten Office-Format"
    ),
    "is copy-protected (DRM)": "ist kopiergeschützt (DRM)",
    "is damaged": "ist beschädigt",
    "is incomplete": "ist unvollständig",
    "is nested too deeply": "ist zu tief verschachtelt",
    "contains binary data instead of text": "enthält Binärdaten statt Text",
    "is text in an unknown encoding": "ist Text in einer unbekannten Kodierung",
    "contains bytes that don't fit its encoding": "enthält Bytes, die nicht zu ihrer Kodierung passen",
    "is not valid JSON": "ist kein gültiges JSON",
    "is not a Jupyter notebook": "ist kein Jupyter-Notebook",
    "declares a document type or XML entities, which Office files may not contain": (
        "deklariert einen Dokumenttyp oder XML-Entitäten, die Office-Dateien nicht enthalten dürfen"
    ),
    "is too large": "ist zu groß",
    "is too large when unpacked": "ist entpackt zu groß",
    "has too many pages": "hat zu viele Seiten",
    "contains too much text": "enthält zu viel Text",
    "took too long to read": "konnte nicht schnell genug gelesen werden",
    "needed too much memory": "brauchte zu viel Speicher",
    "crashed the parser": "hat das Leseprogramm zum Absturz gebracht",
    "was not read because reading was stopped": "wurde nicht gelesen, weil das Lesen angehalten wurde",
    "has no pages to show": "hat keine Seiten, die gezeigt werden können",
    "has no such page": "hat diese Seite nicht",
    "has a page that can't be drawn": "hat eine Seite, die nicht gezeichnet werden kann",
    "has changed since it was indexed": "wurde geändert, seit sie indexiert wurde",
    "was indexed by another version of Footnote": "wurde von einer anderen Version von Footnote indexiert",
    "can't be saved": "kann nicht gespeichert werden",
    "is an archive that can't be unpacked": "ist ein Archiv, das nicht entpackt werden kann",
    "exceeds the number of files that can be uploaded": (
        "überschreitet die Zahl der Dateien, die hochgeladen werden können"
    ),
    "exceeds the number of files that one person can upload": (
        "überschreitet die Zahl der Dateien, die eine Person hochladen kann"
    ),
    "exceeds the space for all uploads": "überschreitet den Platz für alle hochgeladenen Dateien",
    "exceeds the space for one person's uploads": (
        "überschreitet den Platz für die hochgeladenen Dateien einer Person"
    ),
    "can't be read": "kann nicht gelesen werden",
    "Check its path, and index it again": "Prüfen Sie den Pfad und indexieren Sie sie noch einmal",
    "Make it readable, and index it again": "Machen Sie sie lesbar und indexieren Sie sie noch einmal",
    "Check that its disk is connected, and index it again": (
        "Prüfen Sie, ob ihr Laufwerk angeschlossen ist, und indexieren Sie sie noch einmal"
    ),
    "Add a regular file or a folder": "Fügen Sie eine gewöhnliche Datei oder einen Ordner hinzu",
    "Save it as PDF, Word or plain text and add that": (
        "Speichern Sie sie als PDF, Word oder reinen Text und fügen Sie das hinzu"
    ),
    "Remove it, or add a file with text": "Entfernen Sie sie oder fügen Sie eine Datei mit Text hinzu",
    "If it is a scan, run OCR on it (for example ocrmypdf) and add the result": (
        "Ist sie ein Scan, lassen Sie den Text erkennen (etwa mit ocrmypdf) und fügen Sie das Ergebnis hinzu"
    ),
    'Install the recognition of scans (pip install "footnote[ocr]") and index it again, or run OCR on it '
    "(for example ocrmypdf) and add the result": (
        'Installieren Sie die Texterkennung (pip install "footnote[ocr]") und indexieren Sie sie noch einmal '
        "oder lassen Sie ihren Text erkennen (etwa mit ocrmypdf) und fügen Sie das Ergebnis hinzu"
    ),
    "Save it without a password and add that": "Speichern Sie sie ohne Passwort und fügen Sie das hinzu",
    "Save it without a password as .docx, .xlsx or .pptx and add that": (
        "Speichern Sie sie ohne Passwort als .docx, .xlsx oder .pptx und fügen Sie das hinzu"
    ),
    "Add a copy without copy protection": "Fügen Sie eine Kopie ohne Kopierschutz hinzu",
    "Save it again in the original program and add the new copy": (
        "Speichern Sie sie im ursprünglichen Programm neu und fügen Sie die neue Kopie hinzu"
    ),
    "Download it again": "Laden Sie sie noch einmal herunter",
    "Save it as UTF-8 and add it again": "Speichern Sie sie als UTF-8 und fügen Sie sie noch einmal hinzu",
    "Fix it in a text editor, or add it as a text file": (
        "Berichtigen Sie sie in einem Texteditor oder fügen Sie sie als Textdatei hinzu"
    ),
    "Nest its parts less deeply, or add its text as a plain text file": (
        "Verschachteln Sie ihre Teile weniger tief oder fügen Sie ihren Text als reine Textdatei hinzu"
    ),
    "Split it, or raise the setting {name}": ("Teilen Sie sie auf oder erhöhen Sie die Einstellung {name}"),
    "Index it again": "Indexieren Sie sie noch einmal",
    "Read it as text": "Lesen Sie sie als Text",
    "Choose another page": "Wählen Sie eine andere Seite",
    "Free up disk space, or choose another folder with the setting data_dir": (
        "Schaffen Sie Platz oder wählen Sie mit der Einstellung data_dir einen anderen Ordner"
    ),
    "Unpack it and add its files": "Entpacken Sie es und fügen Sie seine Dateien hinzu",
    "Remove some files, or raise the setting {name}": (
        "Entfernen Sie einige Dateien oder erhöhen Sie die Einstellung {name}"
    ),
    "Remove some of your files, or raise the setting {name}": (
        "Entfernen Sie einige Ihrer Dateien oder erhöhen Sie die Einstellung {name}"
    ),
    "The file {problem}": "Die Datei {problem}",
    "the source {problem}": "die Quelle {problem}",
    "page {number}": "Seite {number}",
    "pages {numbers}": "Seiten {numbers}",
    "pages {numbers}, {count} in all": "Seiten {numbers}, insgesamt {count}",
    "the limit is {limit}": "die Grenze ist {limit}",
    "{count} characters": "{count} Zeichen",
    "more than {size} GB": "mehr als {size} GB",
    "line {number}": "Zeile {number}",
    "UTF-8, at byte {number}": "UTF-8, bei Byte {number}",
    "not a valid {suffix} file": "keine gültige {suffix}-Datei",
    "its part {name} can't be unpacked": "sein Teil {name} kann nicht entpackt werden",
    "supported: {types}": "lesbar sind: {types}",
    "in the archive": "im Archiv",
    "I couldn't find an answer in your documents": "In Ihren Dokumenten war keine Antwort zu finden",
    "You haven't added any documents yet": "Sie haben noch keine Dokumente hinzugefügt",
    "Another question of this conversation is being answered": (
        "Eine andere Frage dieses Gesprächs wird gerade beantwortet"
    ),
    "Wait for its answer, or stop it": "Warten Sie auf die Antwort oder halten Sie sie an",
    "This answer can't be read from the disk": "Diese Antwort kann nicht gelesen werden",
    "Ask again": "Fragen Sie noch einmal",
    "This conversation was deleted": "Dieses Gespräch wurde gelöscht",
    "Start a new one": "Beginnen Sie ein neues",
    "Type a question, such as: Who wrote this?": "Stellen Sie eine Frage, etwa: Wer hat das geschrieben?",
    "Your question is too long ({length} of at most {limit} characters)": (
        "Ihre Frage ist zu lang ({length} von höchstens {limit} Zeichen)"
    ),
    "{count} of your questions are already in the queue": (
        "{count} Ihrer Fragen sind schon in der Warteschlange"
    ),
    "Ask again when one has been answered": "Fragen Sie noch einmal, wenn eine beantwortet ist",
    "{count} other questions are in the queue": "{count} andere Fragen sind in der Warteschlange",
    "Try again in a moment": "Versuchen Sie es gleich noch einmal",
    "The language model found no answer in the closest passages": (
        "Das Sprachmodell hat in den nächsten Textstellen keine Antwort gefunden"
    ),
    "Your documents don't support what the language model wrote": (
        "Ihre Dokumente belegen nicht, was das Sprachmodell geschrieben hat"
    ),
    "This answer uses the documents' own sentences": (
        "Diese Antwort besteht aus Sätzen der Dokumente selbst"
    ),
    "The language model's answer was empty": "Die Antwort des Sprachmodells war leer",
    "The language model's answer is not valid JSON": "Die Antwort des Sprachmodells ist kein gültiges JSON",
    "The language model wrote nothing for {seconds} s": (
        "Das Sprachmodell hat {seconds} s lang nichts geschrieben"
    ),
    "The language model took longer than {seconds} s": "Das Sprachmodell brauchte länger als {seconds} s",
    "The language model returned the error {status}": "Das Sprachmodell meldete den Fehler {status}",
    "see the setting {name}": "siehe die Einstellung {name}",
    "The language model couldn't be reached or stopped responding": (
        "Das Sprachmodell ist nicht erreichbar oder antwortet nicht mehr"
    ),
    "No model is chosen": "Es ist kein Modell gewählt",
    "Type the address of a server and the name of its model": (
        "Geben Sie die Adresse eines Servers und den Namen seines Modells ein"
    ),
    "There is no index in {folder}": "In {folder} gibt es keinen Index",
    "Nothing has been indexed yet": "Es wurde noch nichts indexiert",
    "Run: {command}": "Führen Sie aus: {command}",
    "Process {number} is building this index": "Der Prozess {number} baut diesen Index gerade",
    "Wait until it has finished, or stop it: {command}": (
        "Warten Sie, bis er fertig ist, oder halten Sie ihn an: {command}"
    ),
    "Trying again": "Es wird noch einmal versucht",
    "Can't write the index in {folder}: {reason}": (
        "Der Index in {folder} kann nicht geschrieben werden: {reason}"
    ),
    "Free up disk space or choose another folder with --index-dir": (
        "Schaffen Sie Platz oder wählen Sie mit --index-dir einen anderen Ordner"
    ),
    "Can't write the library in {folder}: {reason}": (
        "Die Dokumente in {folder} können nicht geschrieben werden: {reason}"
    ),
    "Can't write the titles in {folder}: {reason}": (
        "Die Titel in {folder} können nicht geschrieben werden: {reason}"
    ),
    "Free up disk space or choose another folder with the setting data_dir": (
        "Schaffen Sie Platz oder wählen Sie mit der Einstellung data_dir einen anderen Ordner"
    ),
    "Indexing failed": "Die Dokumente konnten nicht indexiert werden",
    "The index is unchanged": "Der Index ist unverändert",
    "Cancelled": "Abgebrochen",
    "uploaded files are still there": "hochgeladene Dateien sind noch da",
    "1 document, 1 passage": "1 Dokument, 1 Textstelle",
    "1 document, {passages} passages": "1 Dokument, {passages} Textstellen",
    "{documents} documents, {passages} passages": "{documents} Dokumente, {passages} Textstellen",
    "1 file couldn't be read": "1 Datei konnte nicht gelesen werden",
    "{files} files couldn't be read": "{files} Dateien konnten nicht gelesen werden",
    "1 file could be read only in part": "1 Datei konnte nur teilweise gelesen werden",
    "{files} files could be read only in part": "{files} Dateien konnten nur teilweise gelesen werden",
}
