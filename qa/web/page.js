// The newest question comes to the top of the talk, and again when its answer appears under it: of a long
// answer a person sees the beginning.
{
  let shown = 0;
  const follow = () => {
    const asked = document.querySelectorAll("#talk .asked");
    const now = asked.length + document.querySelectorAll("#talk .turn").length;
    if (now > shown) asked[asked.length - 1]?.scrollIntoView({ block: "start" });
    shown = now;
  };
  new MutationObserver(follow).observe(document, { childList: true, subtree: true });
}
