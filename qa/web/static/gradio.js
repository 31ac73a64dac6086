// What Gradio does to the page around the question field, undone: its own landmark inside of ours, and the
// browser's language as that of the page.
{
  const app = document.querySelector(".fn-app");
  const root = document.documentElement;

  const setLanguage = () => {
    if (root.lang !== app.lang) root.lang = app.lang;
  };
  const removeLandmark = (_, observer) => {
    const landmark = app.querySelector("gradio-app main");
    if (!landmark) return;
    landmark.role = "none";
    observer.disconnect();
  };

  new MutationObserver(setLanguage).observe(root, { attributeFilter: ["lang"] });
  new MutationObserver(removeLandmark).observe(app.querySelector("gradio-app"), { childList: true, subtree: true });
  setLanguage();
}
