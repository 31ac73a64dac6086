// The source pane. A click on anything with data-footnote opens that footnote in #source, whose data-base is where
// the server answers for it; what comes back is HTML that the server has escaped.
{
  const pane = () => document.getElementById("source");
  const part = (selector) => pane()?.querySelector(selector);
  const address = (path, wish) => `${pane().dataset.base}/${path}?${new URLSearchParams(wish)}`;

  let shown = null; // the footnote in the pane
  let newest = 0; // a later click wins, whichever answer comes first
  let zoom = 1;

  const ask = async (path, wish) => {
    const reply = await fetch(address(path, wish)).catch(() => null);
    if (reply?.status === 401) location.reload(); // who is logged in no more is led to the login
    const answer = await reply?.json().catch(() => null);
    if (answer && reply.ok) return answer;
    throw new Error(answer?.reason ?? "the server didn’t answer. Try again in a moment");
  };

  const element = (name, properties) => Object.assign(document.createElement(name), properties);

  // One line that a screen reader speaks; it must be there before its words change.
  const say = (words) => {
    let line = document.getElementById("source-said");
    if (!line) {
      line = element("p", { id: "source-said", className: "unseen", role: "status", ariaLive: "polite" });
      document.body.append(line);
    }
    line.textContent = words;
  };

  const fail = (error) => {
    const said = `The source can’t be shown: ${error.message}.`;
    pane().replaceChildren(element("p", { className: "changed", textContent: said }));
    say(said);
  };

  const open = async (note, view = "") => {
    const mine = ++newest;
    try {
      const answer = await ask("open", { note, view });
      if (mine === newest) show(note, answer);
    } catch (error) {
      if (mine === newest) fail(error);
    }
  };

  const show = (note, answer) => {
    shown = note;
    pane().innerHTML = answer.html;
    pane().toggleAttribute("data-open", true);
    for (const one of document.querySelectorAll("[data-footnote]")) {
      if (one.dataset.footnote === note) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    if (part("figure")) turnTo(Number(part("figure").dataset.number));
    toTheMiddle(part("mark:is(.cited, .near)") ?? part("svg:not([hidden]) rect"));
    say(answer.says);
  };

  const toTheMiddle = (what) => {
    const body = part(".body");
    if (!what || !body) return;
    const [inner, outer] = [what.getBoundingClientRect(), body.getBoundingClientRect()];
    body.scrollTop += inner.top - outer.top - Math.max(0, (outer.height - inner.height) / 2);
    body.scrollLeft += inner.left - outer.left - Math.max(0, (outer.width - inner.width) / 2);
  };

  // More of a long text, before or after what is shown; what was read stays where it is.
  const more = async (direction) => {
    const [text, body, button] = [part(".text"), part(".body"), part(`[data-action=${direction}]`)];
    const [end, wish] = direction === "earlier" ? ["start", "before"] : ["end", "after"];
    if (button.ariaDisabled) return; // it is on its way; disabled outright, the button would lose the focus
    button.ariaDisabled = "true";
    const mine = newest;
    try {
      const answer = await ask("slice", { note: shown, [wish]: text.dataset[end] });
      const height = body.scrollHeight;
      text.insertAdjacentHTML(direction === "earlier" ? "afterbegin" : "beforeend", answer.html);
      text.dataset[end] = answer.at;
      if (direction === "earlier") body.scrollTop += body.scrollHeight - height;
      button.ariaDisabled = null;
      if (!answer.more) button.remove();
    } catch (error) {
      if (mine === newest) fail(error);
    }
  };

  const turnTo = (number) => {
    const figure = part("figure");
    const total = Number(figure.dataset.pages);
    const page = Math.min(Math.max(number, 1), total);
    figure.dataset.number = page;
    const picture = figure.querySelector("img");
    picture.alt = `Page ${page}`;
    const [note, mine] = [shown, newest];
    picture.onerror = () => mine === newest && undrawn(note);
    picture.src = address("page", { note, number: page });
    for (const boxes of figure.querySelectorAll("svg")) {
      boxes.toggleAttribute("hidden", Number(boxes.dataset.page) !== page);
    }
    part(".page-number").textContent = `${page} of ${total}`;
    part("[data-action=previous-page]").disabled = page === 1;
    part("[data-action=next-page]").disabled = page === total;
    enlarge(zoom);
  };

  // A page may be too much to draw, or its file gone meanwhile; the text is still there.
  const undrawn = async (note) => {
    await open(note, "text");
    if (shown !== note || !part(".body")) return;
    const said = "This page can’t be shown. Here is its text instead.";
    part(".body").prepend(element("p", { className: "changed", textContent: said }));
    toTheMiddle(part("mark:is(.cited, .near)"));
  };

  // Picture and boxes are one figure, and grow together.
  const enlarge = (to) => {
    zoom = Math.min(Math.max(to, 0.5), 4);
    part("figure").style.width = `${100 * zoom}%`;
  };

  // The next or previous footnote on the page; of one that is marked at several places, the first counts.
  const step = (by) => {
    const notes = [...new Set([...document.querySelectorAll("[data-footnote]")].map((one) => one.dataset.footnote))];
    const at = notes.indexOf(shown);
    const to = at < 0 ? (by > 0 ? 0 : notes.length - 1) : at + by;
    if (notes[to] !== undefined) open(notes[to]);
  };

  const close = () => {
    newest++; // what is still on its way stays away
    pane().removeAttribute("data-open");
    pane().replaceChildren();
    const marker = document.querySelector("[data-footnote][aria-current]");
    marker?.removeAttribute("aria-current");
    marker?.focus();
    shown = null;
  };

  const number = () => Number(part("figure").dataset.number);
  const doing = {
    next: () => step(1),
    previous: () => step(-1),
    close,
    earlier: () => more("earlier"),
    later: () => more("later"),
    "previous-page": () => turnTo(number() - 1),
    "next-page": () => turnTo(number() + 1),
    "zoom-in": () => enlarge(zoom * 1.25),
    "zoom-out": () => enlarge(zoom / 1.25),
    text: () => open(shown, "text"),
    pages: () => open(shown),
  };

  // The quoted words beside a marker that the mouse or the focus is on.
  const preview = (marker, words = marker?.dataset.quote) => {
    document.getElementById("source-quote")?.remove();
    if (!words) return;
    const quote = element("div", { id: "source-quote", role: "tooltip", textContent: words, dir: "auto" });
    document.body.append(quote);
    marker.setAttribute("aria-describedby", quote.id);
    const [at, size] = [marker.getBoundingClientRect(), quote.getBoundingClientRect()];
    quote.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
    quote.style.top = `${at.top > size.height + 8 ? at.top - size.height - 6 : at.bottom + 6}px`;
  };

  const noted = (event) => (event.target instanceof Element ? event.target.closest("[data-footnote]") : null);

  document.addEventListener("click", (event) => {
    const marker = noted(event);
    const sign = event.target instanceof Element && event.target.closest("#transcript :is(span, small)[title]");
    preview(sign || null, sign?.title); // a finger can't hover
    const button = event.target instanceof Element && event.target.closest("#source [data-action]");
    if (marker) {
      event.preventDefault();
      open(marker.dataset.footnote);
    } else if (button) doing[button.dataset.action]();
  });
  for (const name of ["mouseover", "focusin"]) document.addEventListener(name, (event) => preview(noted(event)));
  document.addEventListener("focusout", () => preview(null));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !pane()) return;
    if (event.key === "Escape") preview(null);
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "n") step(1);
    if (event.key === "p") step(-1);
  });
}
