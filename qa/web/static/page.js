// What the page does beside the source pane. HTML comes from the server, escaped there; an element says by a
// data attribute what it is for, so that whatever arrives later works, too.
{
  const find = (selector) => document.querySelector(selector);

  // Gradio's own fields hear of a value by the event that typing sends.
  const fill = (name, value) => {
    const field = find(`#${name} textarea, #${name} input`);
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return field;
  };

  // A question, at the end of the talk or in the place of a turn.
  const ask = (question, instead = "", literal = "") => {
    if (find("#transcript [data-running]")) return; // one at a time
    fill("replaces-turn", instead);
    fill("literal", literal);
    fill("question", question);
    requestAnimationFrame(() => find("#ask").click());
  };
  const edit = (question, instead) => {
    fill("replaces-turn", instead);
    fill("question", question).focus();
    tell();
  };

  // Over the box: what the next question will replace, and what it is limited to.
  const tell = () => {
    let line = find("#question-scope");
    if (!line) {
      line = Object.assign(document.createElement("div"), { id: "question-scope", role: "status" });
      find("#composer")?.before(line);
    }
    const ticked = document.querySelectorAll("[data-select]:checked").length;
    const parts = [
      find("#replaces-turn textarea")?.value && ["Later questions in this conversation will be deleted.", "edit", "Cancel"],
      ticked && [`Searching ${ticked} selected ${ticked === 1 ? "document" : "documents"}.`, "limits", "Search all documents"],
    ].filter(Boolean);
    line.replaceChildren(
      ...parts.map(([said, clears, label]) => {
        const part = document.createElement("span");
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
        button.dataset.clear = clears;
        part.append(said, " ", button);
        return part;
      }),
    );
  };
  const choose = () => {
    const ticked = [...document.querySelectorAll("[data-select]:checked")];
    fill("selected", ticked.map((one) => one.dataset.select).join("\n"));
    tell();
  };
  const clear = {
    edit: () => {
      fill("replaces-turn", "");
      fill("question", "").focus();
      tell();
    },
    limits: () => {
      for (const one of document.querySelectorAll("[data-select]:checked")) one.checked = false;
      choose();
    },
  };

  // A reply, or why there is none: in the server's words if it has some for a person.
  const SILENT = "The server didn’t answer. Try again in a moment.";
  const why = (status, said) => {
    if (status === 401) location.reload(); // who is logged in no more is led to the login
    return new DOMParser().parseFromString(said, "text/html").querySelector("[role=alert]")?.textContent ?? SILENT;
  };
  const fetched = async (address, options) => {
    const reply = await fetch(address, options).catch(() => {
      throw new Error(SILENT);
    });
    if (!reply.ok) throw new Error(why(reply.status, await reply.text()));
    return reply;
  };

  // A part of the page comes anew; if it can't, the one that is there stays, and says so.
  const bring = async (part, address, options) => {
    try {
      const reply = await fetched(address, options);
      if (reply.headers.has("hx-redirect")) return location.assign(reply.headers.get("hx-redirect"));
      put(part(), await reply.text());
    } catch (error) {
      complain(part(), error.message);
    }
  };
  const complain = (part, said) => {
    const told = part?.querySelector(":scope > .fault");
    if (!part || told?.textContent === said) return; // a screen reader needn't speak it again
    told?.remove();
    part.prepend(Object.assign(document.createElement("p"), { className: "fault", role: "alert", textContent: said }));
  };

  // Forms whose answer takes the place of a part of the page.
  const swap = (form, submitter) => {
    const wish = new URLSearchParams(new FormData(form, submitter));
    const address = form.getAttribute("action");
    const part = () => (form.dataset.target ? find(form.dataset.target) : form.closest("[data-swap-target]"));
    return form.method === "post" ? bring(part, address, { method: "POST", body: wish }) : bring(part, `${address}?${wish}`);
  };
  const put = (old, html) => {
    if (!old) return;
    const focused = old.contains(document.activeElement) && document.activeElement;
    const place = focused && [focused.tagName, focused.name].join();
    const made = document.createRange().createContextualFragment(html).firstElementChild;
    old.replaceWith(made ?? "");
    if (!focused || !made) return;
    const again = [...made.querySelectorAll("button, input, a, summary")].find(
      (one) => [one.tagName, one.name].join() === place,
    );
    again?.focus();
  };

  // An answer on its way is asked for until it is whole; the page may have been loaded anew meanwhile.
  const draft = (turn) => find(`#transcript [data-running="${turn}"]`);
  const hearing = new Set();
  const stopping = new Map(); // by turn: what brings the last word on it as it is given up
  const hear = async (turn) => {
    hearing.add(turn);
    for (let shown; (shown = draft(turn)); ) {
      try {
        const wish = new URLSearchParams({ conversation: shown.dataset.conversationId, turn, version: shown.dataset.version });
        const said = await (await fetched(`/turns/stream?${wish}`)).text();
        await stopping.get(turn); // of a turn that is given up this one would say only that it isn't whole
        put(draft(turn), said);
      } catch {
        await new Promise((done) => setTimeout(done, 1000)); // the server will be back
      }
    }
    hearing.delete(turn);
    fill("answered-turn", turn);
  };
  const stop = async () => {
    for (const { dataset } of document.querySelectorAll("#transcript [data-running]")) {
      const wish = new URLSearchParams({ conversation: dataset.conversationId, turn: dataset.running });
      stopping.set(dataset.running, bring(() => draft(dataset.running), "/turns/cancel", { method: "POST", body: wish }));
      await stopping.get(dataset.running);
      stopping.delete(dataset.running);
    }
    find("#question textarea").focus();
  };

  // The library: a dialog, which looks again while the server is at work.
  const library = async () => {
    let dialog = find("#library");
    if (!dialog) {
      dialog = Object.assign(document.createElement("dialog"), { id: "library" });
      dialog.setAttribute("aria-labelledby", "library-title");
      dialog.addEventListener("close", renew);
      document.body.append(dialog);
    }
    try {
      dialog.innerHTML = await (await fetched("/library")).text();
    } catch (error) {
      dialog.innerHTML = '<header><button type="button" class="close" data-close>Close</button></header>';
      complain(dialog, error.message);
    }
    if (!dialog.open) dialog.showModal();
    watch();
  };
  const libraryTable = () => find("#library-table");
  let watching = false;
  const watch = async () => {
    if (watching) return;
    watching = true;
    for (let address; (address = libraryTable()?.dataset.poll); ) {
      await new Promise((done) => setTimeout(done, 700));
      const search = find("#library [name=search]")?.value ?? "";
      await bring(libraryTable, `${address}?${new URLSearchParams({ search })}`); // and again, if it fails
    }
    watching = false;
    renew();
  };
  const renew = async () => {
    await bring(() => find("#documents"), "/documents");
    tick();
  };
  // A list that comes anew is ticked as the one before was; what isn't there any more limits nothing.
  let listed = null;
  const tick = () => {
    listed = find("#documents");
    const chosen = find("#selected textarea")?.value.split("\n") ?? [];
    for (const one of document.querySelectorAll("[data-select]")) one.checked = chosen.includes(one.dataset.select);
    if (chosen.some(Boolean)) choose();
  };

  // Files go up one by one, as they are.
  const give = async (files) => {
    const told = find("#upload-progress");
    told.replaceChildren();
    for (const [at, file] of files.entries()) {
      const line = Object.assign(document.createElement("p"), { role: "status" });
      const bar = Object.assign(document.createElement("progress"), { max: 1, ariaLabel: `Progress of ${file.name}` });
      told.append(line);
      try {
        line.outerHTML = await send(file, (share, left) => {
          bar.value = share;
          line.replaceChildren(`Uploading ${file.name} (${at + 1} of ${files.length}) `, bar, share < 1 ? ` about ${left} s left` : "");
        });
      } catch (error) {
        line.replaceChildren(`${file.name}: ${error.message}`);
        line.className = "fault";
      }
    }
    await bring(libraryTable, "/library/table");
    watch();
  };
  const send = (file, progress) =>
    new Promise((done, fail) => {
      const sending = new XMLHttpRequest();
      const begun = performance.now();
      sending.open("POST", `/library/upload?${new URLSearchParams({ name: file.name })}`);
      sending.upload.onprogress = ({ loaded, total }) => {
        const seconds = (performance.now() - begun) / 1000;
        progress(total ? loaded / total : 1, Math.ceil((seconds * (total - loaded)) / Math.max(loaded, 1)));
      };
      sending.onloadend = () => {
        if (sending.status === 200) done(sending.responseText);
        else fail(new Error(why(sending.status, sending.responseText)));
      };
      sending.send(file);
    });
  const dropped = async (items) => {
    const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [];
    while (entries.length) {
      const entry = entries.shift();
      if (entry.isFile) files.push(await new Promise((done, fail) => entry.file(done, fail)));
      else {
        const reader = entry.createReader();
        for (let some; (some = await new Promise((done, fail) => reader.readEntries(done, fail))).length; ) entries.push(...some);
      }
    }
    return files;
  };

  const doing = {
    ask: (one) => ask(one.dataset.ask),
    again: (one) => ask(one.dataset.question, one.dataset.again),
    literal: (one) => ask(one.dataset.literal, "", "1"),
    edit: (one) => edit(one.dataset.question, one.dataset.edit),
    clear: (one) => clear[one.dataset.clear](),
    library: () => library(),
    close: () => find("#library").close(),
    menu: () => menu(!document.body.classList.contains("menu")),
  };
  const menu = (open) => {
    document.body.classList.toggle("menu", open);
    find("[data-menu]").setAttribute("aria-expanded", open);
    find("[data-menu]").textContent = open ? "Close" : "Menu";
  };

  document.addEventListener("click", (event) => {
    const one = event.target instanceof Element && event.target.closest(Object.keys(doing).map((name) => `[data-${name}]`).join());
    if (event.target.closest?.("#stop")) stop();
    if (document.body.classList.contains("menu") && !event.target.closest?.("#left, #library, [data-menu]")) menu(false);
    if (!one) return;
    doing[Object.keys(doing).find((name) => name in one.dataset)](one);
  });
  document.addEventListener("submit", (event) => {
    if (!("swap" in event.target.dataset)) return;
    event.preventDefault();
    swap(event.target, event.submitter).then(watch);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-live]");
    if (form) form.requestSubmit();
  });
  document.addEventListener("change", (event) => {
    if ("select" in event.target.dataset) choose();
    if ("upload" in event.target.dataset) give([...event.target.files]);
  });
  for (const name of ["dragover", "dragleave", "drop"])
    document.addEventListener(name, async (event) => {
      const over = event.target.closest?.("[data-drop]");
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); // a miss must not leave the page
      find("[data-drop]")?.toggleAttribute("data-over", name === "dragover" && Boolean(over));
      if (name === "drop" && over) give(await dropped(event.dataTransfer.items));
    });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      find("#question textarea")?.focus();
    }
    if (event.key === "Escape" && document.body.classList.contains("menu")) menu(false);
  });

  // The newest question comes to the top of the talk; the address becomes the conversation's.
  let asked = 0;
  let spoken = ""; // the conversation that was last shown here
  const follow = () => {
    if (find("#documents") !== listed) tick();
    for (const { dataset } of document.querySelectorAll("#transcript [data-running]")) if (!hearing.has(dataset.running)) hear(dataset.running);
    const questions = document.querySelectorAll("#transcript .asked");
    if (questions.length !== asked) {
      if (questions.length) questions[questions.length - 1].scrollIntoView({ block: "start" });
      asked = questions.length;
      tell();
    }
    const talk = find("#transcript [data-conversation]")?.dataset.conversation;
    if (talk) spoken = talk;
    else if (spoken && find("#newest-turn .turn")) keepAsked();
    if (talk && new URLSearchParams(location.search).get("conversation") !== talk) history.replaceState(null, "", `/?conversation=${talk}`);
  };
  // A page that was slow to begin says so after the first question: what was asked stays.
  const keepAsked = () => {
    const late = find("#earlier-turns .welcome");
    if (!late) return;
    late.remove();
    fill("conversation", spoken);
    fill("answered-turn", "");
  };
  // Names and roles that Gradio's own parts can't be given.
  const name = () => {
    const roles = { left: ["complementary", "Conversations and documents"], transcript: ["log", "Conversation"] };
    for (const [id, [role, label]] of Object.entries(roles)) {
      const room = document.getElementById(id);
      if (room && !room.hasAttribute("role")) {
        room.setAttribute("role", role);
        room.setAttribute("aria-label", label);
        room.tabIndex = id === "transcript" ? 0 : -1;
      }
    }
    if (find("#middle") && !find("[data-menu]")) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Menu" });
      button.dataset.menu = "";
      button.setAttribute("aria-expanded", "false");
      button.setAttribute("aria-controls", "left");
      find("#middle").prepend(button);
    }
  };
  new MutationObserver(() => {
    name();
    follow();
  }).observe(document, { childList: true, subtree: true, characterData: true });
}
