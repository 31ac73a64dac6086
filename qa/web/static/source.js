// The source viewer. A click on an element with data-footnote shows that footnote's source in #source, whose
// data-base is the path of the source routes. The server sends escaped HTML.
{
  const viewer = () => document.getElementById("source");
  const find = (selector) => viewer()?.querySelector(selector);
  const findAll = (selector) => [...viewer().querySelectorAll(selector)];
  const create = (name, properties) => Object.assign(document.createElement(name), properties);
  const format = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const sourceUrl = (path, fields) => `${viewer().dataset.base}/${path}?${new URLSearchParams(fields)}`;
  const findMarked = () => find("mark:is(.fn-cited, .fn-related, .fn-found)");

  const SIZES = ["", "wide", "full"];
  let openFootnote = null; // key of the footnote that is shown
  let lastRequest = 0; // responses to earlier clicks are ignored
  let zoom = 1;

  const request = async (path, fields) => {
    const response = await fetch(sourceUrl(path, fields)).catch(() => null);
    if (response?.status === 401) location.reload(); // the session has ended, and the page redirects to the login
    const content = await response?.json().catch(() => null);
    if (content && response.ok) return content;
    throw new Error(content?.reason ?? viewer().dataset.silent);
  };

  const announce = (text) => {
    document.getElementById("source-status").textContent = text;
  };

  const showError = (error) => {
    const text = format(viewer().dataset.failed, { reason: error.message });
    viewer().replaceChildren(create("p", { className: "fn-source-notice", textContent: text }));
    announce(text);
  };

  const open = async (footnote, view = "") => {
    const thisRequest = ++lastRequest;
    try {
      const content = await request("open", { footnote, view });
      if (thisRequest === lastRequest) show(footnote, content);
    } catch (error) {
      if (thisRequest === lastRequest) showError(error);
    }
  };

  const show = (footnote, content) => {
    openFootnote = footnote;
    const kept = findAll(":scope > [data-document]"); // the search and the thumbnails of the same document
    viewer().innerHTML = content.html;
    for (const part of findAll(":scope > [data-document]")) {
      const same = kept.find(({ className, dataset }) => className === part.className && dataset.document === part.dataset.document);
      if (same) part.replaceWith(same);
      else globalThis.htmx?.process(part);
    }
    viewer().toggleAttribute("data-open", true);
    markOpeners();
    document.querySelector("main [data-footnote][aria-current]")?.scrollIntoView({ block: "nearest" });
    if (find("figure")) showPage(currentPage());
    scrollToCentre(findMarked() ?? find("svg:not([hidden]) rect"));
    announce(content.announcement);
  };

  const markOpeners = () => {
    for (const opener of document.querySelectorAll("[data-footnote]")) {
      if (opener.dataset.footnote === openFootnote) opener.setAttribute("aria-current", "true");
      else opener.removeAttribute("aria-current");
    }
  };

  const scrollToCentre = (element) => {
    const body = find(".fn-source-body");
    if (!element || !body) return;
    const [inner, outer] = [element.getBoundingClientRect(), body.getBoundingClientRect()];
    body.scrollTop += inner.top - outer.top - Math.max(0, (outer.height - inner.height) / 2);
    body.scrollLeft += inner.left - outer.left - Math.max(0, (outer.width - inner.width) / 2);
  };

  // Add a slice of the text before or after what is shown, without moving the text in view.
  const showMore = async (direction) => {
    const isEarlier = direction === "earlier";
    const [text, body, button] = [find(".fn-text"), find(".fn-source-body"), find(`[data-action=${direction}]`)];
    const [edge, parameter] = isEarlier ? ["start", "before"] : ["end", "after"];
    if (button.ariaDisabled) return;
    button.ariaDisabled = "true"; // with the attribute "disabled" the button would lose the focus
    const thisRequest = lastRequest;
    try {
      const slice = await request("slice", { footnote: openFootnote, [parameter]: text.dataset[edge] });
      const height = body.scrollHeight;
      text.insertAdjacentHTML(isEarlier ? "afterbegin" : "beforeend", slice.html);
      text.dataset[edge] = slice.offset;
      if (isEarlier) body.scrollTop += body.scrollHeight - height;
      button.ariaDisabled = null;
      if (!slice.has_more) button.remove();
    } catch (error) {
      if (thisRequest === lastRequest) showError(error);
    }
  };

  // Pages

  const currentPage = () => Number(find("figure").dataset.number);
  const showPage = (number) => {
    const figure = find("figure");
    const pageCount = Number(figure.dataset.pages);
    const page = Math.min(Math.max(number, 1), pageCount);
    figure.dataset.number = page;
    const image = figure.querySelector("img");
    image.alt = format(viewer().dataset.pageName, { number: page });
    const [footnote, thisRequest] = [openFootnote, lastRequest];
    image.onload = () => thisRequest === lastRequest && addWords(footnote, page);
    image.onerror = () => thisRequest === lastRequest && showTextInstead(footnote);
    image.src = sourceUrl("page", { footnote, number: page });
    for (const boxes of figure.querySelectorAll("svg")) {
      boxes.toggleAttribute("hidden", Number(boxes.dataset.page) !== page);
    }
    const ofAll = { number: page, total: pageCount };
    find(".fn-page-number").textContent = format(viewer().dataset.count, ofAll);
    find("[data-action=previous-page]").disabled = page === 1;
    find("[data-action=next-page]").disabled = page === pageCount;
    markThumbnail();
    setZoom(zoom);
  };

  // Thumbnails of those in view are requested one by one, so that a page never waits for more than one of them.
  const addThumbnails = (strip) => {
    const footnote = openFootnote;
    const wanted = new Set();
    let loading = false;
    const loadNext = () => {
      const [button] = wanted;
      if (loading || !button) return;
      loading = true;
      wanted.delete(button);
      inView.unobserve(button);
      const src = sourceUrl("page", { footnote, number: button.value, size: "thumbnail" });
      const image = create("img", { alt: "", src });
      image.onload = image.onerror = () => {
        loading = false;
        loadNext();
      };
      button.prepend(image);
    };
    const inView = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) wanted[isIntersecting ? "add" : "delete"](target);
        loadNext();
      },
      { root: strip },
    );
    for (let number = 1; number <= Number(find("figure").dataset.pages); number++) {
      const ariaLabel = format(viewer().dataset.pageName, { number });
      const button = create("button", { type: "button", value: number, textContent: number, ariaLabel });
      button.dataset.action = "thumbnail";
      strip.append(button);
      inView.observe(button);
    }
  };
  const markThumbnail = () => {
    find("[data-action=thumbnails]")?.setAttribute("aria-expanded", !find(".fn-thumbnails").hidden);
    for (const button of findAll(".fn-thumbnails button")) {
      const isCurrent = Number(button.value) === currentPage();
      button.ariaCurrent = isCurrent ? "page" : null;
      button.tabIndex = isCurrent ? 0 : -1; // the arrow keys move between them
      if (isCurrent) button.scrollIntoView({ block: "nearest", inline: "center" });
    }
  };

  // The words of a page lie over its image, transparent, so that they can be selected and copied.
  const addWords = async (footnote, page) => {
    const figure = find("figure");
    const words = await request("words", { footnote, number: page }).catch(() => null);
    if (!words || Number(figure.dataset.number) !== page) return;
    figure.querySelector(".fn-words")?.remove();
    figure.insertAdjacentHTML("beforeend", words.html);
  };

  // The page may be too large to render, or its file may have been deleted.
  const showTextInstead = async (footnote) => {
    await open(footnote, "text");
    if (openFootnote !== footnote || !find(".fn-source-body")) return;
    const text = viewer().dataset.pageFailed;
    find(".fn-source-body").prepend(create("p", { className: "fn-source-notice", textContent: text }));
    scrollToCentre(findMarked());
  };

  // The image and its boxes are in one figure, so they are scaled together.
  const setZoom = (factor) => {
    zoom = Math.min(Math.max(factor, 0.5), 4);
    find("figure").style.width = `${100 * zoom}%`;
  };

  // Navigation

  // A footnote can have several openers; the first one determines the order.
  const openNeighbour = (offset) => {
    const openers = [...document.querySelectorAll("main [data-footnote]")];
    const footnotes = [...new Set(openers.map((opener) => opener.dataset.footnote))];
    const current = footnotes.indexOf(openFootnote);
    const firstOrLast = offset > 0 ? 0 : footnotes.length - 1;
    const index = current < 0 ? firstOrLast : current + offset;
    if (footnotes[index] !== undefined) open(footnotes[index]);
  };

  const close = () => {
    lastRequest++; // so that a response that is still to come isn't shown
    viewer().removeAttribute("data-open");
    viewer().replaceChildren();
    const opener = document.querySelector("[data-footnote][aria-current]");
    opener?.removeAttribute("aria-current");
    opener?.focus();
    openFootnote = null;
  };

  const actions = {
    next: () => openNeighbour(1),
    previous: () => openNeighbour(-1),
    close,
    find: () => {
      const tools = find(".fn-source-tools");
      tools.hidden = !tools.hidden;
      tools.querySelector("input").focus();
    },
    size: () => {
      viewer().dataset.size = SIZES[(SIZES.indexOf(viewer().dataset.size ?? "") + 1) % SIZES.length];
    },
    earlier: () => showMore("earlier"),
    later: () => showMore("later"),
    "previous-page": () => showPage(currentPage() - 1),
    "next-page": () => showPage(currentPage() + 1),
    thumbnail: ({ value }) => showPage(Number(value)),
    thumbnails: () => {
      const strip = find(".fn-thumbnails");
      strip.hidden = !strip.hidden;
      if (!strip.childElementCount) addThumbnails(strip);
      markThumbnail();
    },
    "zoom-in": () => setZoom(zoom * 1.25),
    "zoom-out": () => setZoom(zoom / 1.25),
    text: () => open(openFootnote, "text"),
    pages: () => open(openFootnote),
  };

  // Show a text beside an element: a footnote's quote, or what a label means. A mouse gets titles from the browser.
  const hideTooltip = () => document.getElementById("tooltip")?.remove();
  const showTooltip = ({ target, type }) => {
    hideTooltip();
    const titled = type === "focusin" ? ", [title]:is(:focus-visible, :has(:focus-visible))" : "";
    const element = target instanceof Element ? target.closest(`[data-tooltip]${titled}`) : null;
    const text = element?.dataset.tooltip || element?.title;
    if (!text) return;
    const tooltip = create("div", { id: "tooltip", role: "tooltip", textContent: text, dir: "auto", popover: "manual" });
    document.body.append(tooltip);
    tooltip.showPopover(); // above a dialog
    target.setAttribute("aria-describedby", tooltip.id);
    const [anchor, size] = [element.getBoundingClientRect(), tooltip.getBoundingClientRect()];
    tooltip.style.left = `${Math.max(8, Math.min(anchor.left, innerWidth - size.width - 8))}px`;
    tooltip.style.top = `${anchor.top > size.height + 8 ? anchor.top - size.height - 6 : anchor.bottom + 6}px`;
  };

  // Print the conversation or the source; the browser's own command prints the conversation.
  const printPart = (part) => {
    document.body.dataset.printed = part;
    print();
    delete document.body.dataset.printed;
  };

  const findOpener = (event) => (event.target instanceof Element ? event.target.closest("[data-footnote]") : null);

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const part = event.target.closest("[data-print]")?.dataset.print;
    if (part) printPart(part);
    const opener = findOpener(event);
    const button = event.target.closest("#source [data-action]");
    if (opener) {
      event.preventDefault();
      hideTooltip(); // it would cover the source, which shows the same words
      opener.closest("dialog")?.close();
      open(opener.dataset.footnote);
    } else if (button) actions[button.dataset.action](button);
  });
  for (const name of ["mouseover", "focusin"]) document.addEventListener(name, showTooltip);
  document.addEventListener("focusout", hideTooltip);

  // Another conversation is shown, or this one without some turns.
  document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id !== "conversation" || !openFootnote) return;
    if (document.querySelector(`[data-footnote="${openFootnote}"]`)) markOpeners();
    else close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !viewer()) return;
    if (event.key === "Escape") hideTooltip();
    const thumbnail = event.target.closest?.(".fn-thumbnails button");
    const sibling = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key];
    if (sibling) thumbnail?.[sibling]?.focus();
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "n") openNeighbour(1);
    if (event.key === "p") openNeighbour(-1);
  });
}
