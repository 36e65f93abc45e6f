// The console: reads the REST interface, shows tables, and waits for changes.
// The token stays in this tab (sessionStorage) and goes nowhere else.

const element = (id) => document.getElementById(id);
const KEY = "postcard-token";
let shownCard = null;
let generation = 0; // a sign-out ends loops of the sign-in before

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function get(path) {
  const token = sessionStorage.getItem(KEY);
  const reply = await fetch(path, {
    headers: { Authorization: `Bearer ${token}` },
    cache: "no-store",
  });
  const body = await reply.json();
  if (!reply.ok) throw new Refused(reply.status, body.error.message);
  return body;
}

function time(seconds) {
  return seconds ? new Date(seconds * 1000).toLocaleString() : "never";
}

function cell(value, options = {}) {
  const td = document.createElement("td");
  if (options.code) td.className = "code";
  if (options.state) td.dataset.state = options.state;
  if (options.click) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = value;
    button.addEventListener("click", options.click);
    td.append(button);
  } else {
    td.textContent = value ?? "";
  }
  return td;
}

function fill(id, rows) {
  const body = element(id);
  body.replaceChildren();
  for (const cells of rows) {
    const tr = document.createElement("tr");
    tr.append(...cells);
    body.append(tr);
  }
  if (rows.length === 0) {
    const td = cell("none yet");
    td.className = "empty";
    td.colSpan = 9;
    const tr = document.createElement("tr");
    tr.append(td);
    body.append(tr);
  }
}

function stateOf(card) {
  if (!card.state) return "not seen";
  return `${card.state} (${card.patentState})`;
}

function showCards(cards) {
  fill("cards", cards.map((card) => [
    cell(card.id, { code: true, click: () => showContent(card.id) }),
    cell(stateOf(card)),
    cell(`${card.keys} ${card.kvn.toString(16).toUpperCase()}`),
    cell(card.open),
    cell(time(card.proved)),
    cell(card.blocked, { state: card.blocked ? "failed" : "" }),
  ]));
}

function order(d) {
  const o = d.order;
  if (o.kind === "install") return `install ${o.application} ${o.version}`;
  return [o.kind, o.domain, o.aid].filter(Boolean).join(" ");
}

function showDeployments(list) {
  fill("deployments", list.map((d) => [
    cell(d.id),
    cell(d.card, { code: true }),
    cell(order(d)),
    cell(d.state, { state: d.state }),
    cell(d.steps.map((s) => `${s.name}: ${s.state}`).join(", ")),
    cell([d.sw, d.message].filter(Boolean).join(" ")),
    cell(time(d.changed)),
  ]));
}

function showApplications(list) {
  fill("applications", list.map((a) => [
    cell(a.name),
    cell(a.version),
    cell(a.package, { code: true }),
    cell(a.applets.join(" "), { code: true }),
    cell(a.loadBytes),
    cell(time(a.published)),
  ]));
}

async function showContent(id) {
  shownCard = id;
  const { content } = await get(`/api/v1/cards/${encodeURIComponent(id)}/content`);
  element("content-card").textContent = id;
  element("content-section").hidden = false;
  fill("content", content.map((e) => [
    cell(e.kind),
    cell(e.aid, { code: true }),
    cell(e.state),
    cell(e.version),
    cell(e.file, { code: true }),
    cell(e.domain, { code: true }),
  ]));
}

async function refresh() {
  const [cards, deployments, applications] = await Promise.all([
    get("/api/v1/cards"),
    get("/api/v1/deployments"),
    get("/api/v1/applications"),
  ]);
  showCards(cards.cards);
  showDeployments(deployments.deployments);
  showApplications(applications.applications);
  if (shownCard) await showContent(shownCard);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function follow(mine) {
  let changes = -1;
  while (mine === generation) {
    try {
      const news = await get(`/api/v1/changes?since=${changes}`);
      if (mine !== generation) return;
      if (news.changes !== changes) await refresh();
      changes = news.changes;
      element("status").textContent = "live";
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        leave(error.message);
        return;
      }
      element("status").textContent = "the server does not answer";
      changes = -1;
      await pause(2000);
    }
  }
}

function enter() {
  element("enter").hidden = true;
  element("console").hidden = false;
  element("leave").hidden = false;
  element("refusal").textContent = "";
  generation += 1;
  follow(generation);
}

function leave(reason = "") {
  generation += 1;
  shownCard = null;
  sessionStorage.removeItem(KEY);
  element("enter").hidden = false;
  element("console").hidden = true;
  element("content-section").hidden = true;
  element("leave").hidden = true;
  element("status").textContent = "not signed in";
  element("refusal").textContent = reason;
}

element("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, element("token").value.trim());
  element("token").value = "";
  enter();
});
element("leave").addEventListener("click", () => leave());
if (sessionStorage.getItem(KEY)) enter();
