/* The upload page with script: many files and folders, large ones in parts that are sent again when a connection breaks.
   Without this file the form on the page sends what is chosen in it. */
(() => {
  "use strict";
  const form = document.getElementById("upload");
  const zone = document.getElementById("drop");
  const queue = document.getElementById("queue");
  if (!form || !window.Worker || !window.fetch) return;
  const input = document.getElementById("files");
  const { repo, api, lfs, worker: workerAt } = form.dataset;
  const AT_ONCE = 4, TRIES = 6, ASKED_AT_ONCE = 200, SAMPLE = 512;
  /* Files inside the commit are one body, which is not resumed. */
  const INSIDE_MAX = 1 << 30;
  /** What is to be sent: {file, path, row, …}, by path. */
  const items = new Map();
  /** The run at hand: what it has under way, to be able to stop. */
  let run = null;

  // ---------- words and elements ----------

  const size = (n) => {
    let unit = 0;
    for (; n >= 999.5 && unit < 5; unit++) n /= 1000;
    return `${unit ? n.toPrecision(3) : n} ${["B", "kB", "MB", "GB", "TB", "PB"][unit]}`;
  };
  const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const make = (name, cls, text) => {
    const element = document.createElement(name);
    if (cls) element.className = cls;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const button = (text, act) => {
    const element = make("button", "btn btn-s", text);
    element.type = "button";
    element.addEventListener("click", act);
    return element;
  };
  const bar = (label) => {
    const element = make("progress");
    element.max = 1;
    element.value = 0;
    element.setAttribute("aria-label", label);
    return element;
  };

  const heading = make("h2", "h3", "");
  heading.id = "queue-h";
  const figures = make("span", "small dim");
  const head = make("div", "head-row");
  head.append(heading, figures);
  const whole = bar("All files");
  const list = make("ul", "plain queue");
  const told = make("p", "sr");
  told.setAttribute("role", "status");
  told.setAttribute("aria-live", "polite");
  const fault = make("p", "err");
  fault.setAttribute("role", "alert");
  fault.hidden = true;
  const cancel = button("Stop", () => run && run.stop());
  const again = button("Try again", () => start());
  const clear = button("Remove all", () => { items.clear(); list.replaceChildren(); show(); });
  const acts = make("p", "row");
  acts.append(cancel, again, clear);
  queue.append(head, whole, list, fault, told, acts);
  queue.setAttribute("role", "group");
  queue.setAttribute("aria-labelledby", "queue-h");

  let saidAt = 0;
  const say = (text, now) => {
    if (!now && Date.now() - saidAt < 5000) return;
    saidAt = Date.now();
    told.textContent = text;
  };

  let planned = false;
  /** Once a frame, however many files tell something. */
  function show() {
    if (!planned) requestAnimationFrame(draw);
    planned = true;
  }

  function draw() {
    planned = false;
    const all = [...items.values()];
    const total = all.reduce((sum, item) => sum + item.file.size, 0);
    const done = all.reduce((sum, item) => sum + item.done, 0);
    queue.hidden = !all.length && fault.hidden;
    heading.textContent = run ? `Sending ${many(all.length, "file")}` : `${many(all.length, "file")} to send`;
    figures.textContent = run ? `${size(done)} of ${size(total)}` : size(total);
    whole.hidden = !run;
    whole.value = total ? done / total : 0;
    cancel.hidden = !run;
    again.hidden = !!run || fault.hidden;
    clear.hidden = !!run;
    for (const one of form.querySelectorAll("button[type=submit], select, input, textarea")) one.disabled = !!run;
    if (run) say(`${Math.floor(100 * whole.value)} percent sent`);
  }

  function note(item, text, done) {
    item.note.textContent = text;
    if (done !== undefined) item.done = done;
    item.bar.hidden = !run || item.settled;
    item.bar.value = item.file.size ? item.done / item.file.size : 0;
    item.remove.hidden = !!run;
    show();
  }

  // ---------- choosing ----------

  function add(file, path) {
    const old = items.get(path);
    if (old) old.row.remove();
    const row = make("li");
    const item = { file, path, row, done: 0, note: make("span", "num small dim"), bar: bar(path) };
    item.remove = button("Remove", () => { items.delete(path); row.remove(); show(); });
    item.remove.setAttribute("aria-label", `Remove ${path}`);
    const right = make("span", "row");
    right.append(item.note, item.remove);
    row.append(make("span", "name", path), right, item.bar);
    items.set(path, item);
    list.append(row);
    fault.hidden = true;
    note(item, size(file.size), 0);
  }

  /** A dropped file or folder, with all that is in it. */
  async function walk(entry, above) {
    const path = above + entry.name;
    if (entry.isFile) return add(await new Promise((yes, no) => entry.file(yes, no)), path);
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((yes, no) => reader.readEntries(yes, no));
      if (!some.length) return;
      for (const inner of some) await walk(inner, `${path}/`);
    }
  }

  const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle("over", on); };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", async (event) => {
    over(false)(event);
    if (run) return;
    // All entries are asked for before the first wait: afterwards the browser has forgotten them.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    const files = [...event.dataTransfer.files];
    try {
      if (entries.some(Boolean)) for (const entry of entries.filter(Boolean)) await walk(entry, "");
      else for (const file of files) add(file, file.name);
    } catch (error) {
      failed(`What was dropped cannot be read: ${error.message}.`);
    }
  });
  const choose = (field) => field.addEventListener("change", () => {
    for (const file of field.files) add(file, file.webkitRelativePath || file.name);
    field.value = "";
  });
  choose(input);
  const folders = make("input");
  folders.type = "file";
  folders.id = "folders";
  folders.webkitdirectory = true;
  const label = make("label", "", "A folder");
  label.htmlFor = "folders";
  const row = make("p", "row");
  row.append(label, folders);
  document.getElementById("files-h").before(row);
  choose(folders);
  document.getElementById("files-h").textContent =
    "Several at once, or drop files and folders here. A file that is there is replaced.";

  // ---------- asking ----------

  class Refused extends Error {
    constructor(status, text) {
      super(text);
      this.status = status;
    }
  }
  const STOPPED = new Error("Stopped. Nothing was published; what was sent is not sent again.");
  const check = (run) => { if (run.stopped) throw STOPPED; };
  const worthAgain = (error) => !(error instanceof Refused) || error.status === 408 || error.status === 429 || error.status >= 500;

  /** Does a thing, and again after longer and longer waits while a broken line or a busy hub is to blame. */
  async function persist(run, deed) {
    for (let n = 1; ; n++) {
      check(run);
      try {
        return await deed();
      } catch (error) {
        check(run);
        if (n >= TRIES || !worthAgain(error)) throw error;
        const wait = 1000 * 2 ** (n - 1) * (0.75 + Math.random() / 2);
        await new Promise((yes) => {
          const timer = setTimeout(yes, wait);
          run.wake.add(() => { clearTimeout(timer); yes(); });
        });
      }
    }
  }

  /** A request with the session's cookie; told how far its body is. */
  function send(run, method, address, body, type, progress) {
    check(run);
    return new Promise((yes, no) => {
      const request = new XMLHttpRequest();
      const stop = () => request.abort();
      run.wake.add(stop);
      const end = (outcome) => { run.wake.delete(stop); outcome(); };
      request.open(method, address);
      if (type) request.setRequestHeader("Content-Type", type);
      if (progress) request.upload.onprogress = (event) => progress(event.loaded);
      request.onload = () => end(() => {
        if (request.status >= 200 && request.status < 300) return yes(request);
        let text = `The hub answered ${request.status}.`;
        try { text = JSON.parse(request.responseText).error || text; } catch { /* No JSON: the status says enough. */ }
        if (request.status === 401) text = "Your session is over. Sign in again in another tab, then try again.";
        no(new Refused(request.status, text));
      });
      request.onerror = () => end(() => no(new Error("The connection broke.")));
      request.onabort = () => end(() => no(STOPPED));
      request.send(body === undefined ? null : body);
    });
  }

  const ask = async (run, method, address, body, type = "application/json") =>
    JSON.parse((await send(run, method, address, body, type)).responseText);

  const base64 = (blob) => new Promise((yes, no) => {
    const reader = new FileReader();
    reader.onload = () => yes(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => no(reader.error);
    reader.readAsDataURL(blob);
  });
  /* An empty file has no comma in its address. */
  const coded = async (blob) => (blob.size ? base64(blob) : "");

  // ---------- the ways of files ----------

  /** Asks how each file goes. */
  async function offer(run, all) {
    for (let at = 0; at < all.length; at += ASKED_AT_ONCE) {
      const some = all.slice(at, at + ASKED_AT_ONCE);
      const files = await Promise.all(some.map(async (item) => (
        { path: item.target, size: item.file.size, sample: await coded(item.file.slice(0, SAMPLE)) })));
      const answer = await persist(run, () => ask(run, "POST", run.preupload, JSON.stringify({ files })));
      answer.files.forEach((verdict, n) => {
        some[n].way = verdict.shouldIgnore ? "ignored" : verdict.uploadMode;
        if (verdict.shouldIgnore) {
          some[n].settled = true;
          note(some[n], "left out by .gitignore", some[n].file.size);
        }
      });
    }
  }

  /** The SHA-256 of a file, computed beside the page. */
  function sum(run, item) {
    check(run);
    if (item.sha256) return item.sha256;
    return new Promise((yes, no) => {
      const worker = new Worker(workerAt);
      const end = (outcome) => { worker.terminate(); run.wake.delete(stop); outcome(); };
      const stop = () => end(() => no(STOPPED));
      run.wake.add(stop);
      worker.onerror = () => end(() => no(new Refused(0, `${item.path} cannot be hashed here.`)));
      worker.onmessage = ({ data }) => {
        if (data.sha256) return end(() => yes(item.sha256 = data.sha256));
        if (data.error) return end(() => no(new Refused(0, `${item.path} cannot be read: ${data.error}.`)));
        note(item, `reading, ${size(data.done)} of ${size(item.file.size)}`);
      };
      worker.postMessage({ file: item.file });
    });
  }

  /* The hub's own addresses, whatever name it has for itself. */
  const local = (address) => { const url = new URL(address, location); return url.pathname + url.search; };
  const memory = (item) => `seedcorn upload ${lfs} ${item.sha256}`;
  const remember = (item, plan) => { try { localStorage.setItem(memory(item), JSON.stringify(plan)); } catch { /* Full or forbidden: it is only not resumed. */ } };
  const forget = (item) => { try { localStorage.removeItem(memory(item)); } catch { /* See above. */ } };
  const remembered = (item) => { try { return JSON.parse(localStorage.getItem(memory(item))); } catch { return null; } };

  /** Asks where a file goes; null if it is here. */
  async function plan(run, item) {
    const body = JSON.stringify({
      operation: "upload",
      // Without "basic" whatever is longer than a part goes in parts, and is resumed.
      transfers: ["multipart"],
      objects: [{ oid: item.sha256, size: item.file.size }],
    });
    const answer = await persist(run, () => ask(run, "POST", lfs, body, "application/vnd.git-lfs+json"));
    const object = answer.objects[0];
    if (object.error) throw new Refused(object.error.code, `${item.path}: ${object.error.message}`);
    if (!object.actions) return null;
    const { href, header } = object.actions.upload;
    const step = Number(header && header.chunk_size);
    if (!step) return { whole: local(href) };
    const numbers = Object.keys(header).filter((name) => /^\d+$/.test(name)).sort((a, b) => a - b);
    return { end: local(href), step, parts: numbers.map((name) => local(header[name])) };
  }

  /** An upload that broke off, and which of its parts are there. */
  async function resume(run, item) {
    const old = remembered(item);
    if (!old || !old.end) return null;
    try {
      const there = await persist(run, () => ask(run, "GET", old.end));
      return { ...old, there: new Map(there.parts.map((part) => [part.partNumber, part.etag])) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      forget(item);
      return null;
    }
  }

  async function sendLarge(run, item) {
    await run.hashing(() => sum(run, item));
    let way = await resume(run, item);
    if (!way) {
      way = await plan(run, item);
      if (way && way.end) remember(item, way);
    }
    const total = item.file.size;
    if (way && way.whole) {
      const progress = (n) => note(item, `${size(n)} of ${size(total)}`, Math.min(n, total));
      await run.sending(() => persist(run, () => send(run, "PUT", way.whole, item.file, "", progress)));
    } else if (way) {
      await sendParts(run, item, way);
    }
    item.settled = true;
    note(item, way ? "sent" : "was here already", total);
  }

  async function sendParts(run, item, way) {
    const there = way.there || new Map();
    const length = (n) => Math.min(way.step, item.file.size - (n - 1) * way.step);
    const sent = new Map([...there.keys()].map((n) => [n, length(n)]));
    const progress = () => {
      const done = [...sent.values()].reduce((sum, n) => sum + n, 0);
      note(item, `${size(done)} of ${size(item.file.size)}`, done);
    };
    progress();
    await everyOne(run, way.parts.map((address, at) => async () => {
      const n = at + 1;
      if (there.has(n)) return;
      const piece = item.file.slice(at * way.step, at * way.step + length(n));
      const answer = await run.sending(() => persist(run, () => send(run, "PUT", address, piece, "", (bytes) => {
        sent.set(n, Math.min(bytes, length(n)));
        progress();
      })));
      there.set(n, answer.getResponseHeader("ETag") || "");
      sent.set(n, length(n));
    }));
    note(item, "being put together");
    const parts = [...there].sort((a, b) => a[0] - b[0]).map(([partNumber, etag]) => ({ partNumber, etag }));
    try {
      const answer = await ask(run, "POST", way.end, JSON.stringify({ oid: item.sha256, parts }));
      if (answer.success !== true) throw new Refused(0, answer.error || "The file could not be put together.");
    } catch (error) {
      check(run);
      // Whether it arrived is known to the hub alone when the answer is lost.
      if (await plan(run, item)) throw error;
    }
    forget(item);
  }

  /** So many at a time; the others wait. */
  function turns(most) {
    let busy = 0;
    const waiting = [];
    return async (deed) => {
      if (busy >= most) await new Promise((yes) => waiting.push(yes));
      else busy++;
      try {
        return await deed();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else busy--;
      }
    };
  }

  /** All of them; when one fails, the others end first, so that nothing goes on behind the page's back. */
  async function everyOne(run, deeds) {
    const outcomes = await Promise.allSettled(deeds.map((deed) => deed().catch((error) => { run.halt(); throw error; })));
    const bad = outcomes.filter((one) => one.status === "rejected").map((one) => one.reason);
    if (bad.length) throw bad.find((error) => error !== STOPPED) || bad[0];
  }

  async function commit(run, all) {
    const summary = run.summary || (all.length === 1 ? `Upload ${all[0].path}` : `Upload ${many(all.length, "file")}`);
    const pieces = [JSON.stringify({ key: "header", value: { summary, description: run.description } }) + "\n"];
    for (const item of all) {
      check(run);
      const { target: path, file } = item;
      const value = item.way === "lfs"
        ? { key: "lfsFile", value: { path, algo: "sha256", oid: item.sha256, size: file.size } }
        : { key: "file", value: { path, content: await coded(file), encoding: "base64" } };
      // As bytes of their own, or all of them together would be one string.
      pieces.push(new Blob([JSON.stringify(value), "\n"]));
    }
    // Not tried again by itself: whether it was done is not known when the answer is lost.
    return ask(run, "POST", run.commit, new Blob(pieces), "application/x-ndjson");
  }

  // ---------- one run ----------

  function failed(text) {
    fault.textContent = text;
    fault.hidden = false;
    say(text, true);
    show();
  }

  const warn = (event) => { event.preventDefault(); event.returnValue = ""; };
  const path = (text) => text.split("/").map(encodeURIComponent).join("/");

  function begin() {
    const field = (name) => (new FormData(form).get(name) || "").toString().trim();
    const branch = field("branch"), folder = field("folder").replace(/^\/+|\/+$/g, "");
    const pull = field("to") === "pull" || !form.querySelector("[name=to]") && !form.dataset.write;
    const query = pull ? "?create_pr=1" : "";
    const next = {
      stopped: false,
      wake: new Set(),
      hashing: turns(1),
      sending: turns(AT_ONCE),
      branch, folder, summary: field("summary"), description: field("description").replace(/\r\n?/g, "\n"),
      preupload: `${api}/preupload/${encodeURIComponent(branch)}${query}`,
      commit: `${api}/commit/${encodeURIComponent(branch)}${query}`,
      halt() {
        next.stopped = true;
        for (const wake of [...next.wake]) wake();
      },
      stop() { next.halt(); },
    };
    return next;
  }

  async function start() {
    if (run || !items.size) return;
    // Disabled fields have no values: they are read before.
    run = begin();
    fault.hidden = true;
    addEventListener("beforeunload", warn);
    const here = run;
    for (const item of items.values()) {
      item.settled = false;
      item.target = here.folder ? `${here.folder}/${item.path}` : item.path;
      note(item, `waiting, ${size(item.file.size)}`, 0);
    }
    try {
      const all = [...items.values()];
      await offer(here, all);
      const going = all.filter((item) => item.way !== "ignored");
      if (!going.length) throw new Refused(0, "All of these files are left out by the repo’s .gitignore.");
      const inside = going.filter((item) => item.way !== "lfs").reduce((sum, item) => sum + item.file.size, 0);
      if (inside > INSIDE_MAX) throw new Refused(0, "These are too many small files for one commit. Send them in several.");
      await everyOne(here, going.filter((item) => item.way === "lfs").map((item) => () => sendLarge(here, item)));
      check(here);
      say("All files are sent. Publishing.", true);
      const done = await commit(here, going);
      removeEventListener("beforeunload", warn);
      const number = done.pullRequestUrl && done.pullRequestUrl.split("/").pop();
      const revision = number ? `refs/pr/${number}` : here.branch;
      location.assign(`${repo}/tree/${encodeURIComponent(revision)}${here.folder ? `/${path(here.folder)}` : ""}`);
    } catch (error) {
      run = null;
      removeEventListener("beforeunload", warn);
      for (const item of items.values()) note(item, item.settled ? item.note.textContent : size(item.file.size));
      failed(error.message);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (items.size) start();
    else failed("Choose at least one file.");
  });
})();
