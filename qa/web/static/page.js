// The page's behaviour, except for the source viewer. The server sends escaped HTML; data attributes say what an
// element does. Listeners are on the document, so that they also work for elements that are added later.
{
  const find = (selector) => document.querySelector(selector);
  const findAll = (selector) => [...document.querySelectorAll(selector)];
  const create = (name, properties) => Object.assign(document.createElement(name), properties);
  const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  const SERVER_SILENT = "The server didn’t answer. Try again in a moment.";
  const POLL_INTERVAL = 700; // milliseconds
  const RETRY_DELAY = 1000;

  // Asking

  // Gradio notices a new value only by the event that typing sends.
  const setField = (id, value) => {
    const field = find(`#${id} textarea, #${id} input`);
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return field;
  };

  const findRunningTurns = () => findAll("#transcript [data-running]");

  // Ask a question at the end of the conversation, or instead of a turn and those after it.
  const ask = (question, replacedTurn = "", literal = "") => {
    if (findRunningTurns().length) return; // one at a time
    setField("replaces-turn", replacedTurn);
    setField("literal", literal);
    setField("question", question);
    requestAnimationFrame(() => find("#ask").click());
  };
  const editQuestion = (question, replacedTurn) => {
    setField("replaces-turn", replacedTurn);
    setField("question", question).focus();
    updateScope();
  };
  const cancelEdit = () => editQuestion("", "");

  // Limits on the search

  const findSelected = () => findAll("[data-select]:checked");
  const updateSelection = () => {
    setField("selected", findSelected().map((checkbox) => checkbox.dataset.select).join("\n"));
    updateScope();
  };
  const clearSelection = () => {
    for (const checkbox of findSelected()) checkbox.checked = false;
    updateSelection();
  };
  // Show above the question what it will replace and which documents it is limited to.
  const updateScope = () => {
    let scope = find("#question-scope");
    if (!scope) {
      scope = create("div", { id: "question-scope", role: "status" });
      find("#composer")?.before(scope);
    }
    const selected = findSelected().length;
    const notes = [];
    if (find("#replaces-turn textarea")?.value) notes.push(["The conversation continues from this question.", "edit", "Cancel"]);
    if (selected) notes.push([`Searching ${selected} selected ${selected === 1 ? "document" : "documents"}.`, "selection", "Search all documents"]);
    scope.replaceChildren(
      ...notes.map(([text, target, label]) => {
        const button = create("button", { type: "button", textContent: label });
        button.dataset.clear = target;
        const note = create("span");
        note.append(text, " ", button);
        return note;
      }),
    );
  };

  // Requests

  // Return the message of an error response: the server's own if it has one.
  const errorMessage = (status, body) => {
    if (status === 401) location.reload(); // the session has ended, and the page redirects to the login
    return new DOMParser().parseFromString(body, "text/html").querySelector("[role=alert]")?.textContent ?? SERVER_SILENT;
  };
  const request = async (url, options) => {
    const response = await fetch(url, options).catch(() => {
      throw new Error(SERVER_SILENT);
    });
    if (!response.ok) throw new Error(errorMessage(response.status, await response.text()));
    return response;
  };

  // Replace an element with the HTML of a response; after an error it stays, with the message.
  const load = async (findTarget, url, options) => {
    try {
      const response = await request(url, options);
      if (response.headers.has("hx-redirect")) return location.assign(response.headers.get("hx-redirect"));
      replace(findTarget(), await response.text());
    } catch (error) {
      showError(findTarget(), error.message);
    }
  };
  const showError = (target, message) => {
    const shown = target?.querySelector(":scope > .fn-error");
    if (!target || shown?.textContent === message) return; // a screen reader would announce it again
    shown?.remove();
    target.prepend(create("p", { className: "fn-error", role: "alert", textContent: message }));
  };
  // The focus moves to the same field or button of the new element.
  const replace = (target, html) => {
    if (!target) return;
    const describe = (element) => `${element.tagName},${element.name}`;
    const focused = target.contains(document.activeElement) ? describe(document.activeElement) : null;
    const replacement = document.createRange().createContextualFragment(html).firstElementChild;
    target.replaceWith(replacement ?? "");
    if (!focused || !replacement) return;
    const candidates = [...replacement.querySelectorAll("button, input, a, summary")];
    candidates.find((element) => describe(element) === focused)?.focus();
  };

  // Submit a form whose response replaces a part of the page.
  const submitForm = (form, submitter) => {
    const fields = new URLSearchParams(new FormData(form, submitter));
    const url = form.getAttribute("action");
    const findTarget = () => (form.dataset.target ? find(form.dataset.target) : form.closest("[data-swap-target]"));
    if (form.method === "post") return load(findTarget, url, { method: "POST", body: fields });
    return load(findTarget, `${url}?${fields}`);
  };

  // Running answers

  const findRunningTurn = (turn) => find(`#transcript [data-running="${turn}"]`);
  const followedTurns = new Set();
  const cancellations = new Map(); // by turn, the promise of the last response about it

  // Request an answer until it is complete, also after a reload of the page.
  const followTurn = async (turn) => {
    followedTurns.add(turn);
    for (let element; (element = findRunningTurn(turn)); ) {
      try {
        const { conversationId, version } = element.dataset;
        const fields = new URLSearchParams({ conversation: conversationId, turn, version });
        const html = await (await request(`/turns/stream?${fields}`)).text();
        await cancellations.get(turn); // its response says that the turn was cancelled, and this one doesn't
        replace(findRunningTurn(turn), html);
      } catch {
        await delay(RETRY_DELAY);
      }
    }
    followedTurns.delete(turn);
    setField("answered-turn", turn);
  };
  const stopAnswers = async () => {
    for (const { dataset } of findRunningTurns()) {
      const body = new URLSearchParams({ conversation: dataset.conversationId, turn: dataset.running });
      const cancellation = load(() => findRunningTurn(dataset.running), "/turns/cancel", { method: "POST", body });
      cancellations.set(dataset.running, cancellation);
      await cancellation;
      cancellations.delete(dataset.running);
    }
    find("#question textarea").focus();
  };

  // Library

  const openLibrary = async () => {
    let dialog = find("#library");
    if (!dialog) {
      dialog = create("dialog", { id: "library" });
      dialog.setAttribute("aria-labelledby", "library-title");
      dialog.addEventListener("close", reloadDocuments);
      document.body.append(dialog);
    }
    try {
      dialog.innerHTML = await (await request("/library")).text();
    } catch (error) {
      dialog.innerHTML = '<header><button type="button" class="fn-close" data-close>Close</button></header>';
      showError(dialog, error.message);
    }
    if (!dialog.open) dialog.showModal();
    pollLibrary();
  };
  const findLibraryTable = () => find("#library-table");
  let isPolling = false;
  // Reload the table while the server is indexing.
  const pollLibrary = async () => {
    if (isPolling) return;
    isPolling = true;
    for (let url; (url = findLibraryTable()?.dataset.poll); ) {
      await delay(POLL_INTERVAL);
      const search = find("#library [name=search]")?.value ?? "";
      await load(findLibraryTable, `${url}?${new URLSearchParams({ search })}`); // retried after an error
    }
    isPolling = false;
    reloadDocuments();
  };
  const reloadDocuments = async () => {
    await load(() => find("#documents"), "/documents");
    restoreSelection();
  };
  // Select the same documents in a new list; those that are gone no longer limit the search.
  let knownDocuments = null;
  const restoreSelection = () => {
    knownDocuments = find("#documents");
    const selected = find("#selected textarea")?.value.split("\n") ?? [];
    for (const checkbox of findAll("[data-select]")) checkbox.checked = selected.includes(checkbox.dataset.select);
    if (selected.some(Boolean)) updateSelection();
  };

  // Uploads

  // Upload files one after the other, each as the body of a request.
  const uploadFiles = async (files) => {
    const progress = find("#upload-progress");
    progress.replaceChildren();
    for (const [index, file] of files.entries()) {
      const line = create("p", { role: "status" });
      const bar = create("progress", { max: 1, ariaLabel: `Progress of ${file.name}` });
      progress.append(line);
      try {
        line.outerHTML = await upload(file, (fraction, secondsLeft) => {
          bar.value = fraction;
          line.replaceChildren(`Uploading ${file.name} (${index + 1} of ${files.length}) `, bar, fraction < 1 ? ` about ${secondsLeft} s left` : "");
        });
      } catch (error) {
        line.replaceChildren(`${file.name}: ${error.message}`);
        line.className = "fn-error";
      }
    }
    await load(findLibraryTable, "/library/table");
    pollLibrary();
  };
  const upload = (file, onProgress) =>
    new Promise((resolve, reject) => {
      const transfer = new XMLHttpRequest(); // fetch doesn't report the progress of uploads
      const started = performance.now();
      transfer.open("POST", `/library/upload?${new URLSearchParams({ name: file.name })}`);
      transfer.upload.onprogress = ({ loaded, total }) => {
        const seconds = (performance.now() - started) / 1000;
        onProgress(total ? loaded / total : 1, Math.ceil((seconds * (total - loaded)) / Math.max(loaded, 1)));
      };
      transfer.onloadend = () => {
        if (transfer.status === 200) resolve(transfer.responseText);
        else reject(new Error(errorMessage(transfer.status, transfer.responseText)));
      };
      transfer.send(file);
    });
  // Return the files that were dropped, including those in folders.
  const droppedFiles = async (items) => {
    const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [];
    while (entries.length) {
      const entry = entries.shift();
      if (entry.isFile) files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      else {
        const reader = entry.createReader(); // returns the entries in batches, and an empty one at the end
        const readBatch = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        for (let batch; (batch = await readBatch()).length; ) entries.push(...batch);
      }
    }
    return files;
  };

  // Menu of a narrow screen

  const isMenuOpen = () => document.body.classList.contains("fn-menu-open");
  const setMenuOpen = (open) => {
    document.body.classList.toggle("fn-menu-open", open);
    find("[data-menu]").setAttribute("aria-expanded", open);
    find("[data-menu]").textContent = open ? "Close" : "Menu";
  };

  // Events

  const clearActions = { edit: cancelEdit, selection: clearSelection };
  // By data attribute, what a click does.
  const clickActions = {
    "data-ask": ({ ask: question }) => ask(question),
    "data-ask-again": ({ question, askAgain }) => ask(question, askAgain),
    "data-literal": ({ literal: question }) => ask(question, "", "1"),
    "data-edit": ({ question, edit }) => editQuestion(question, edit),
    "data-clear": ({ clear: target }) => clearActions[target](),
    "data-library": openLibrary,
    "data-close": () => find("#library").close(),
    "data-menu": () => setMenuOpen(!isMenuOpen()),
  };
  const clickable = Object.keys(clickActions).map((name) => `[${name}]`).join();

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const element = event.target.closest(clickable);
    if (event.target.closest("#stop")) stopAnswers();
    if (isMenuOpen() && !event.target.closest("#sidebar-column, #library, [data-menu]")) setMenuOpen(false);
    if (!element) return;
    const action = Object.keys(clickActions).find((attribute) => element.hasAttribute(attribute));
    clickActions[action](element.dataset);
  });
  document.addEventListener("submit", (event) => {
    if (!("swap" in event.target.dataset)) return;
    event.preventDefault();
    submitForm(event.target, event.submitter).then(pollLibrary);
  });
  document.addEventListener("input", (event) => {
    event.target.closest?.("form[data-submit-on-input]")?.requestSubmit();
  });
  document.addEventListener("change", (event) => {
    if ("select" in event.target.dataset) updateSelection();
    if ("upload" in event.target.dataset) uploadFiles([...event.target.files]);
  });
  for (const name of ["dragover", "dragleave", "drop"])
    document.addEventListener(name, async (event) => {
      const isOverDropArea = Boolean(event.target.closest?.("[data-drop]"));
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); // the browser would open the file
      find("[data-drop]")?.toggleAttribute("data-drag-over", name === "dragover" && isOverDropArea);
      if (name === "drop" && isOverDropArea) uploadFiles(await droppedFiles(event.dataTransfer.items));
    });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      find("#question textarea")?.focus();
    }
    if (event.key === "Escape" && isMenuOpen()) setMenuOpen(false);
  });

  // Changes that Gradio makes

  let questionCount = 0;
  let lastConversation = "";
  const onPageChange = () => {
    if (find("#documents") !== knownDocuments) restoreSelection();
    for (const { dataset } of findRunningTurns()) if (!followedTurns.has(dataset.running)) followTurn(dataset.running);
    const questions = findAll("#transcript .fn-question");
    if (questions.length !== questionCount) {
      questions.at(-1)?.scrollIntoView({ block: "start" });
      questionCount = questions.length;
      updateScope();
    }
    const conversation = find("#transcript [data-conversation]")?.dataset.conversation;
    if (conversation) lastConversation = conversation;
    else if (lastConversation && find("#newest-turn .fn-turn")) removeLateWelcome();
    if (conversation && new URLSearchParams(location.search).get("conversation") !== conversation)
      history.replaceState(null, "", `/?conversation=${conversation}`);
  };
  // The response to a slow page load can arrive after the first question, and would begin another conversation.
  const removeLateWelcome = () => {
    const welcome = find("#earlier-turns .fn-welcome");
    if (!welcome) return;
    welcome.remove();
    setField("conversation", lastConversation);
    setField("answered-turn", "");
  };
  // Gradio has no way to set the roles and labels of its own elements.
  const addLandmarks = () => {
    const landmarks = { "sidebar-column": ["complementary", "Conversations and documents"], transcript: ["log", "Conversation"] };
    for (const [id, [role, label]] of Object.entries(landmarks)) {
      const element = document.getElementById(id);
      if (element && !element.hasAttribute("role")) {
        element.setAttribute("role", role);
        element.setAttribute("aria-label", label);
        element.tabIndex = id === "transcript" ? 0 : -1; // what scrolls must be reachable by keyboard
      }
    }
    if (find("#main-column") && !find("[data-menu]")) {
      const button = create("button", { type: "button", textContent: "Menu" });
      button.dataset.menu = "";
      button.setAttribute("aria-expanded", "false");
      button.setAttribute("aria-controls", "sidebar-column");
      find("#main-column").prepend(button);
    }
  };
  new MutationObserver(() => {
    addLandmarks();
    onPageChange();
  }).observe(document, { childList: true, subtree: true, characterData: true });
}
