// Uploads to the library: files that are chosen or dropped, one after the other, with their progress.
{
  const { find, create, format, errorMessage } = window.fnPage;

  // Upload files one after the other, each as the body of a request.
  const uploadFiles = async (files) => {
    const progress = find("#upload-progress");
    const { uploading, left, progress: label } = progress.dataset;
    progress.replaceChildren();
    for (const [index, file] of files.entries()) {
      const name = file.path || file.webkitRelativePath || file.name; // with the folders below the chosen one
      const line = create("p", { role: "status" });
      const bar = create("progress", { max: 1, ariaLabel: format(label, { title: name }) });
      progress.append(line);
      try {
        line.outerHTML = await upload(file, name, (fraction, seconds) => {
          bar.value = fraction;
          const text = format(uploading, { name, number: index + 1, total: files.length });
          line.replaceChildren(text, " ", bar, fraction < 1 ? ` ${format(left, { seconds })}` : "");
        });
      } catch (error) {
        line.replaceChildren(`${name}: ${error.message}`);
        line.className = "fn-error";
      }
    }
    htmx.ajax("GET", "/library/table", { target: "#library-table", swap: "outerHTML" });
  };
  const upload = (file, name, onProgress) =>
    new Promise((resolve, reject) => {
      const transfer = new XMLHttpRequest(); // fetch doesn't report the progress of uploads
      const started = performance.now();
      transfer.open("POST", `/library/upload?${new URLSearchParams({ name })}`);
      transfer.upload.onprogress = ({ loaded, total }) => {
        const seconds = (performance.now() - started) / 1000;
        onProgress(total ? loaded / total : 1, Math.ceil((seconds * (total - loaded)) / Math.max(loaded, 1)));
      };
      transfer.onloadend = () => {
        if (transfer.status === 200) resolve(transfer.responseText);
        else reject(new Error(errorMessage(transfer)));
      };
      transfer.send(file);
    });
  // Return the files that were dropped, including those in folders.
  const droppedFiles = async (items) => {
    const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [];
    while (entries.length) {
      const entry = entries.shift();
      if (entry.isFile) {
        const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
        files.push(Object.assign(file, { path: entry.fullPath.slice(1) }));
      } else {
        const reader = entry.createReader(); // returns the entries in batches, and an empty one at the end
        const readBatch = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        for (let batch; (batch = await readBatch()).length; ) entries.push(...batch);
      }
    }
    return files;
  };

  document.addEventListener("change", ({ target }) => {
    if ("upload" in target.dataset) uploadFiles([...target.files]);
  });
  for (const name of ["dragover", "dragleave", "drop"])
    document.addEventListener(name, async (event) => {
      const isOverDropArea = Boolean(event.target.closest?.("[data-drop]"));
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); // the browser would open the file
      find("[data-drop]")?.toggleAttribute("data-drag-over", name === "dragover" && isOverDropArea);
      if (name === "drop" && isOverDropArea) uploadFiles(await droppedFiles(event.dataTransfer.items));
    });
}
