// What the page does besides htmx's attributes: the question field, choices that outlive a reload, errors and
// keys. The server sends escaped HTML. Listeners are on the document, so that they work for elements added later.
{
  const find = (selector) => document.querySelector(selector);
  const findAll = (selector) => [...document.querySelectorAll(selector)];
  const create = (name, properties) => Object.assign(document.createElement(name), properties);
  const format = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const RETRY_DELAY = 1000; // milliseconds

  // Asking

  const composer = find("#composer");
  const questionField = () => find("#question textarea");
  const submitQuestion = () => find("#turns > [data-running]") || composer.requestSubmit(); // one at a time
  const scrollToNewest = () => find("#turns > .fn-turn:last-child")?.scrollIntoView();

  // Settings and the documents to search

  const CHOICES = "fn-choices"; // in localStorage, the chosen values by the name of their field
  const choiceFields = () => findAll("#settings input:not([name=language]), #documents input");
  const saveChoices = () => {
    const chosen = {};
    for (const { name, value, checked } of choiceFields()) (chosen[name] ??= []).push(...(checked ? [value] : []));
    localStorage.setItem(CHOICES, JSON.stringify(chosen));
  };
  const restoreChoices = () => {
    const chosen = JSON.parse(localStorage.getItem(CHOICES) ?? "{}");
    for (const field of choiceFields()) field.checked = chosen[field.name]?.includes(field.value) ?? field.checked;
    showLook(chosen);
    showScope();
  };
  const showLook = ({ theme, "text-size": textSize }) => {
    document.documentElement.dataset.theme = theme;
    find(".fn-app").dataset.textSize = textSize;
  };
  const showScope = () => {
    const count = findAll("#documents input:checked").length;
    const text = find("#question-scope span");
    text.textContent = format(count === 1 ? text.dataset.one : text.dataset.many, { count });
    find("#question-scope").hidden = !count;
  };
  const clearSelection = () => {
    for (const checkbox of findAll("#documents input:checked")) checkbox.checked = false;
    saveChoices();
    restoreChoices();
  };

  // Errors

  // Return the message of an error response: the server's own if it has one.
  const errorMessage = ({ status, responseText }) => {
    if (status === 401) location.reload(); // the session has ended, and the page redirects to the login
    const error = new DOMParser().parseFromString(responseText, "text/html").querySelector("[role=alert]");
    return error?.textContent ?? find("[data-server-silent]").dataset.serverSilent;
  };
  const findError = (target) => target.querySelector(":scope > .fn-error");
  const openDialog = (target) => target.matches("dialog:not([open])") && target.showModal();
  const showError = (target, message) => {
    if (findError(target)?.textContent === message) return; // a screen reader would announce it again
    findError(target)?.remove();
    target.prepend(create("p", { className: "fn-error", role: "alert", textContent: message }));
    openDialog(target);
  };
  const errorPlace = (target) => (target.id === "turns" ? composer : target);
  const retry = (element) => setTimeout(() => htmx.trigger(element, "fn-retry"), RETRY_DELAY);

  document.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (target === composer) detail.parameters.question = questionField().value;
  });
  document.addEventListener("fn-asked", ({ target }) => target === composer && composer.reset());
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (["turns", "conversation"].includes(target.id)) scrollToNewest();
    openDialog(target);
  });
  document.addEventListener("fn-turn-chosen", ({ detail: { turn } }) => find(`[data-turn="${turn}"]`)?.scrollIntoView());
  document.addEventListener("htmx:load", ({ target }) => target.id === "documents" && restoreChoices());
  document.addEventListener("htmx:afterRequest", ({ detail: { elt, target, successful } }) => {
    if (successful) findError(errorPlace(target))?.remove();
    if (elt.id === "stop") questionField().focus();
  });
  for (const name of ["htmx:responseError", "htmx:sendError"])
    document.addEventListener(name, ({ detail: { target, xhr } }) => {
      showError(errorPlace(target), errorMessage(xhr));
      for (const waiting of findAll("[hx-trigger*=fn-retry]")) retry(waiting);
    });

  // Events

  const isMenuOpen = () => document.body.classList.contains("fn-menu-open"); // on a narrow screen
  const setMenuOpen = (open) => {
    const button = find("[data-menu]");
    document.body.classList.toggle("fn-menu-open", open);
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? button.dataset.open : button.dataset.closed;
  };

  // Copy the text at an address; on an unencrypted page of another computer there is no navigator.clipboard.
  const copy = async (button) => {
    const text = await (await fetch(button.dataset.copy)).text();
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else {
      const area = create("textarea", { value: text });
      button.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = button.dataset.copied;
  };

  document.addEventListener("click", ({ target }) => {
    const toggle = target.closest("[data-toggle]");
    if (toggle) {
      const form = document.getElementById(toggle.dataset.toggle);
      form.hidden = !form.hidden;
      toggle.ariaExpanded = !form.hidden;
      form.querySelector("textarea").focus();
    }
    const copyButton = target.closest("[data-copy]");
    if (copyButton) copy(copyButton);
    if (target.closest("[data-menu]")) setMenuOpen(!isMenuOpen());
    else if (isMenuOpen() && !target.closest("#sidebar, dialog")) setMenuOpen(false);
    if (target.closest("[data-clear-selection]")) clearSelection();
  });
  document.addEventListener("change", ({ target }) => {
    if (choiceFields().includes(target)) saveChoices();
    restoreChoices();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    const isQuestion = event.target === questionField();
    if (event.key === "Enter" && isQuestion && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submitQuestion();
    }
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      questionField()?.focus();
    }
    if (event.key === "?" && !isTyping) find("#shortcuts").togglePopover();
    if (event.key === "Escape" && isMenuOpen()) setMenuOpen(false);
  });

  restoreChoices();
  scrollToNewest();
  window.fnPage = { find, create, format, errorMessage }; // for upload.js
}
