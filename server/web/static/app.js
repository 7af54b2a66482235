// The page: sends the chat, streams the answer, typesets it. Text from the server becomes text nodes only, never HTML.

const byId = (id) => document.getElementById(id);
const form = byId("ask"), problemBox = byId("problem"), stopButton = byId("stop");
const progress = byId("progress"), answers = byId("answers"), keyBox = byId("key-box"), keyInput = byId("key");

let chat = [];          // the history that is sent, as a chat client would
let chatProblem = "";   // the problem it is about
let threadId = null;
let running = null;

keyInput.value = sessionStorage.getItem("key") ?? "";
keyInput.addEventListener("change", () => sessionStorage.setItem("key", keyInput.value));

const ASK_AGAIN = { solve: "Solve the problem.", hint: "Give me a hint.", animate: "Animate the solution." };
const PICTURES = ["image/png", "image/jpeg", "image/webp"], LARGEST_PICTURE = 5 * 1024 * 1024;
const TITLES = { solve: "Solution", hint: "Hint", animate: "Animation" };

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running) ask(event.submitter?.value ?? "solve");
});
stopButton.addEventListener("click", () => running?.abort());

async function ask(skill) {
  const problem = problemBox.value.trim();
  if (!problem) return;
  if (problem !== chatProblem) {
    chat = [];
    chatProblem = problem;
    threadId = null;
    answers.replaceChildren();
  }
  const messages = [...chat, { role: "user", content: chat.length ? ASK_AGAIN[skill] : problem }];
  const card = addCard(TITLES[skill]);
  running = new AbortController();
  setBusy(true, "Thinking…");
  try {
    const { text, result } = await stream(skill, messages, card, running.signal);
    chat = [...messages, { role: "assistant", content: text }];
    threadId = result?.thread_id ?? threadId;
    finish(card, result);
    setBusy(false, "");
  } catch (error) {
    const stopped = error.name === "AbortError";
    if (!card.body.textContent) card.root.remove();
    setBusy(false, stopped ? "Stopped." : error.message);
  } finally {
    running = null;
  }
}

// A picture is read first; the text goes into the box, where the learner puts right what was misread before asking for anything.
async function readPicture(file) {
  if (running || !file) return;
  if (file.size > LARGEST_PICTURE) { setBusy(false, "The picture is larger than 5 MB."); return; }
  const card = addCard("Picture");
  running = new AbortController();
  setBusy(true, "Reading the picture…");
  try {
    const url = await dataUrl(file);
    threadId = null;
    const messages = [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }];
    const { text } = await stream("", messages, card, running.signal);
    const quoted = text.split("\n").filter((line) => line.startsWith(">")).map((line) => line.replace(/^> ?/, ""));
    if (quoted.length) problemBox.value = quoted.join("\n");
    chatProblem = "";
    threadId = null;
    setBusy(false, quoted.length ? "Check the text above, then choose what you want." : "");
  } catch (error) {
    card.root.remove();
    setBusy(false, error.name === "AbortError" ? "Stopped." : error.message);
  } finally {
    running = null;
  }
}

function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("The picture cannot be read from your disk."));
    reader.readAsDataURL(file);
  });
}

const pictureIn = (files) => [...(files ?? [])].find((file) => PICTURES.includes(file.type));
const pictureFile = byId("picture-file");
byId("add-picture").addEventListener("click", () => pictureFile.click());
pictureFile.addEventListener("change", () => { readPicture(pictureIn(pictureFile.files)); pictureFile.value = ""; });
problemBox.addEventListener("paste", (event) => {
  const file = pictureIn(event.clipboardData?.files);
  if (file) { event.preventDefault(); readPicture(file); }
});
form.addEventListener("dragover", (event) => event.preventDefault());
form.addEventListener("drop", (event) => { event.preventDefault(); readPicture(pictureIn(event.dataTransfer?.files)); });

async function stream(skill, messages, card, signal) {
  const headers = { "content-type": "application/json" };
  if (keyInput.value) headers.authorization = `Bearer ${keyInput.value}`;
  const body = { model: skill ? `hisolver-${skill}` : "hisolver", stream: true, messages };
  if (threadId) body.hisolver = { thread_id: threadId };
  let response;
  try {
    response = await fetch("/v1/chat/completions", { method: "POST", headers, body: JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached.");
  }
  if (!response.ok) {
    if (response.status === 401) { keyBox.hidden = false; keyBox.open = true; }
    const told = await response.json().catch(() => null);
    throw new Error(told?.error?.message ?? `The server answered ${response.status}.`);
  }
  let text = "", result = null, done = false;
  for await (const data of events(response.body)) {
    if (data === "[DONE]") { done = true; break; }
    const chunk = JSON.parse(data);
    if (chunk.error) throw new Error(chunk.error.message);
    const piece = chunk.choices?.[0]?.delta?.content;
    if (piece) { text += piece; card.update(text); }
    if (chunk.hisolver?.thread_id) threadId = chunk.hisolver.thread_id;
    if (chunk.hisolver?.progress) progress.textContent = `${chunk.hisolver.progress.detail || chunk.hisolver.progress.stage}…`;
    else if (chunk.hisolver && "skill" in chunk.hisolver) result = chunk.hisolver;
  }
  if (!done) throw new Error("The answer was cut off.");
  card.update(text, true);
  return { text, result };
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split("\n\n");
    rest = parts.pop();
    for (const part of parts) if (part.startsWith("data: ")) yield part.slice(6);
  }
}

function addCard(title) {
  const root = document.createElement("article"), heading = document.createElement("h2"), body = document.createElement("div");
  heading.textContent = title;
  root.append(heading, body);
  answers.prepend(root);
  let waiting = 0;
  const update = (text, now = false) => {
    cancelAnimationFrame(waiting);
    if (now) render(text, body); else waiting = requestAnimationFrame(() => render(text, body));
  };
  return { root, body, update };
}

function finish(card, result) {
  const verification = result?.skill === "solve" ? result.solution?.verification : null;
  if (verification) addBadge(card, verification.status, { verified: "Checked by computation", unverified: "Not checked", refuted: "The check disagrees" }[verification.status]);
  const animation = result?.animation;
  if (!animation) return;
  if (animation.status !== "rendered") addBadge(card, "failed", animation.status === "partial" ? "Parts are missing" : "No video could be made");
  if (animation.url) {
    const video = document.createElement("video");
    video.controls = true;
    const path = (url) => new URL(url, location.href).pathname;
    video.src = path(animation.url);
    if (animation.poster_url) video.poster = path(animation.poster_url);
    for (const [kind, url] of [["subtitles", animation.subtitles_url], ["chapters", animation.chapters_url]]) {
      if (!url) continue;
      const track = document.createElement("track");
      Object.assign(track, { kind, src: path(url), srclang: "en", label: kind === "chapters" ? "Chapters" : "English" });
      video.append(track);
    }
    card.root.append(video);
    if (animation.gif_url) {
      const link = document.createElement("a");
      Object.assign(link, { href: path(animation.gif_url), textContent: "As a GIF", className: "gif", target: "_blank" });
      card.root.append(link);
    }
  }
}

function addBadge(card, kind, text) {
  const badge = document.createElement("span");
  badge.className = `badge ${kind}`;
  badge.textContent = text;
  card.root.append(badge);
}

function setBusy(busy, text) {
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = busy;
  stopButton.hidden = !busy;
  progress.textContent = text;
}

// Markdown as the tutor writes it: paragraphs, lists, bold, emphasis, code, links, and formulas in $...$ and $$...$$.
function render(text, into) {
  const blocks = [];
  let list = null;
  for (const part of text.split(/(\$\$[\s\S]+?\$\$)/)) {
    if (part.startsWith("$$") && part.length > 4) {
      const line = document.createElement("div");
      typeset(part.slice(2, -2), line, true);
      (list?.lastElementChild ?? { append: (node) => blocks.push(node) }).append(line);
      continue;
    }
    for (const raw of part.split("\n")) {
      const line = raw.trim().replace(/^> ?/, "");
      const item = /^(?:(\d+)[.)]|[-*])\s+(.*)$/.exec(line);
      if (!line) continue;
      if (item) {
        const kind = item[1] ? "OL" : "UL";
        if (list?.tagName !== kind) { list = document.createElement(kind); if (item[1]) list.start = Number(item[1]); blocks.push(list); }
        const entry = document.createElement("li");
        inline(item[2], entry);
        list.append(entry);
      } else {
        list = null;
        const heading = /^#{1,6}\s+(.*)$/.exec(line);
        const block = document.createElement(heading ? "h3" : "p");
        inline(heading ? heading[1] : line, block);
        blocks.push(block);
      }
    }
  }
  into.replaceChildren(...blocks);
}

const INLINE = /\$((?:\\.|[^$\\])+)\$|\*\*(.+?)\*\*|\*([^*\s][^*]*)\*|`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inline(text, into) {
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    into.append(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [, formula, bold, emphasis, code, label, target] = match;
    if (formula !== undefined) { const span = document.createElement("span"); typeset(formula, span, false); into.append(span); continue; }
    if (label !== undefined) { into.append(link(label, target)); continue; }
    const node = document.createElement(bold !== undefined ? "strong" : emphasis !== undefined ? "em" : "code");
    if (code !== undefined) node.textContent = code; else inline(bold ?? emphasis, node);
    into.append(node);
  }
  into.append(text.slice(at));
}

function link(label, target) {
  let url;
  try { url = new URL(target, location.href); } catch { return document.createTextNode(label); }
  if (!["http:", "https:"].includes(url.protocol)) return document.createTextNode(label);
  const anchor = document.createElement("a");
  anchor.href = url.href;
  anchor.rel = "noreferrer noopener";
  anchor.textContent = label;
  return anchor;
}

function typeset(formula, into, displayMode) {
  if (!window.katex) { into.textContent = formula; return; }
  window.katex.render(formula, into, { displayMode, throwOnError: false, trust: false, maxExpand: 500, maxSize: 20 });
}

async function showHealth() {
  try {
    const health = await (await fetch("/health")).json();
    byId("health").textContent = `${health.status} · ${health.model.name || "model"} · sandbox ${health.sandbox.tier}`;
    if (health.status === "starting") setTimeout(showHealth, 2000);
  } catch {
    byId("health").textContent = "the server cannot be reached";
  }
}
showHealth();
