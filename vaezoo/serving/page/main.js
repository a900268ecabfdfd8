// The page: which model and view are shown, and what the address says of it.

import { servedModels } from "./api.js";
import { readAddress, VIEWS, writeAddress } from "./address.js";
import { CardView, headFacts } from "./card_view.js";
import { ConditionControl } from "./condition_control.js";
import { byId, debounced, element } from "./dom.js";
import { ExploreView } from "./explore.js";
import { InterpolateView } from "./interpolate.js";
import { availableVersion, broken, ModelList } from "./model_list.js";
import { ReconstructView } from "./reconstruct.js";
import { copyText, RequestPanel } from "./request_panel.js";
import { arrowKeys } from "./segments.js";
import { openModel } from "./served_model.js";
import { showError } from "./stage.js";
import { themeButton } from "./theme_button.js";

const TOLD = 3000; // milliseconds
const KEPT_STILL = 150; // milliseconds before the address follows

class App {
  state = readAddress(location.hash);
  #model = null;
  #opening = 0;
  #exchanges = {};
  #list = new ModelList((name) => this.#choose(name));
  #remember = debounced(KEPT_STILL, () => this.#writeAddress());
  #hush = debounced(TOLD, () => { byId("toast").textContent = ""; });

  constructor() {
    themeButton(byId("theme"));
    this.classes = new ConditionControl(this.state, () => this.#conditionChanged());
    this.request = new RequestPanel((text) => this.say(text));
    this.views = {
      explore: new ExploreView(this),
      reconstruct: new ReconstructView(this),
      interpolate: new InterpolateView(this),
      card: new CardView(),
    };
    this.#listen();
  }

  /** Asks for the models and shows one. */
  async start() {
    byId("main").setAttribute("aria-busy", "true");
    try {
      const models = await servedModels();
      this.#tellServer(models);
      if (!models.length) {
        this.#fatal(new Error("The server serves no model yet. Export one into the " +
          "folder that it serves: vaezoo.export(model, folder)."));
        return;
      }
      const first = models.find((model) => availableVersion(model) !== null) ?? models[0];
      const name = this.state.model ?? first.name;
      this.#list.show(models, name);
      await this.#open(name);
    } catch (error) {
      byId("server").textContent = "offline";
      byId("server").className = "server off";
      this.#fatal(error);
    }
  }

  /** The condition that requests have; undefined without one. */
  get condition() {
    return this.classes.value;
  }

  /** The latent vector that is shown under Explore, or null. */
  get explored() {
    return this.views.explore.shown;
  }

  /** Explores from a latent vector. */
  explore(z) {
    if (!z) return;
    this.state.z = new Map(z.map((value, dimension) => [dimension, value]));
    this.#show("explore");
    this.views.explore.update();
  }

  /** Interpolates from or to a latent vector. */
  interpolate(end, z) {
    if (!z) return;
    this.state.ends[end] = { z };
    this.#show("interpolate");
  }

  /** The state was changed: the address follows. */
  stateChanged() {
    this.#remember();
  }

  /** A picture is there; the request that brought it is shown below its view. */
  pictureShown(exchange, view) {
    this.#exchanges[view] = exchange;
    if (this.state.view === view) this.request.show(exchange);
  }

  /** Tells something in passing. */
  say(text) {
    byId("toast").textContent = text;
    this.#hush();
  }

  /** Copies the address of what is shown. */
  async share() {
    this.#writeAddress();
    const done = await copyText(location.href);
    this.say(done ? "The link to this picture is copied." : "The link is in the address bar.");
  }

  #listen() {
    const tabs = VIEWS.map((view) => byId(`tab-${view}`));
    tabs.forEach((tab, i) => tab.addEventListener("click", () => this.#show(VIEWS[i])));
    arrowKeys(tabs[0].parentElement, () => tabs, (i) => this.#show(VIEWS[i]));
    addEventListener("hashchange", () => this.#navigated());
    document.addEventListener("visibilitychange", () => this.#lookAgain());
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault(); // the address is taken
      byId("main").focus();
    });
  }

  #choose(name) {
    if (name === this.#model?.name) return;
    const { view, path } = this.state;
    Object.assign(this.state, readAddress(""), { model: name, view, path });
    this.#remember.cancel();
    history.pushState(null, "", writeAddress(this.state, null));
    this.#open(name);
  }

  async #open(name) {
    this.#opening += 1;
    const opening = this.#opening;
    this.state.model = name;
    this.#list.mark(name);
    byId("main").setAttribute("aria-busy", "true");
    let model;
    try {
      model = await openModel(name);
    } catch (error) {
      if (opening === this.#opening) this.#fatal(error);
      return;
    }
    if (opening !== this.#opening) return;
    this.#model?.close();
    this.#model = model;
    this.#exchanges = {};
    this.request.clear();
    byId("fatal").hidden = true;
    byId("model").hidden = false;
    byId("main").setAttribute("aria-busy", "false");
    this.#head(model);
    this.classes.open(model, this.state);
    this.#showView();
    for (const view of Object.values(this.views)) view.open(model);
    this.#writeAddress();
  }

  #head(model) {
    const { card, name, version } = model;
    document.title = `${name} · vaezoo`;
    byId("name").replaceChildren(...broken(name));
    byId("version").textContent = `version ${version}`;
    byId("description").textContent = card?.description ?? "";
    byId("facts").replaceChildren(...headFacts(model).map(([term, value]) => element(
      "div", {}, element("dt", {}, term), element("dd", {}, value))));
  }

  #show(view) {
    this.state.view = view;
    this.#showView();
    this.views[view].update();
    this.#remember();
  }

  #showView() {
    for (const view of VIEWS) {
      const shown = view === this.state.view;
      if (!shown) this.views[view].hide();
      byId(`view-${view}`).hidden = !shown;
      byId(`tab-${view}`).setAttribute("aria-selected", String(shown));
      byId(`tab-${view}`).tabIndex = shown ? 0 : -1;
    }
    const { view } = this.state;
    byId("condition").hidden = !this.#model?.condition || view === "card";
    if (this.#exchanges[view]) this.request.show(this.#exchanges[view]);
    else this.request.clear();
  }

  #conditionChanged() {
    this.views[this.state.view].update();
    this.#remember();
  }

  /** The address was changed by hand or by going back. */
  #navigated() {
    const before = this.state.model;
    this.#remember.cancel();
    Object.assign(this.state, readAddress(location.hash));
    this.state.model ??= before;
    if (this.state.model !== before || !this.#model) this.#open(this.state.model);
    else {
      this.classes.open(this.#model, this.state);
      this.#showView();
      this.views[this.state.view].update();
    }
  }

  /** On coming back: are the models still those that were served? */
  async #lookAgain() {
    if (document.hidden || !this.#model) return;
    try {
      const models = await servedModels();
      this.#tellServer(models);
      this.#list.show(models, this.state.model);
      const same = models.find(({ name }) => name === this.#model.name);
      const version = same ? availableVersion(same) : null;
      if (version !== null && version !== Number(this.#model.version)) {
        this.say(`Version ${version} is served now.`);
        this.#open(this.#model.name);
      }
    } catch {
      byId("server").textContent = "offline";
      byId("server").className = "server off";
    }
  }

  #tellServer(models) {
    const count = models.length === 1 ? "1 model" : `${models.length} models`;
    byId("server").replaceChildren(element("span", {}, `${location.host} · `), count);
    byId("server").className = "server";
  }

  #writeAddress() {
    const address = writeAddress(this.state, this.#model?.condition);
    if (address !== location.hash) history.replaceState(null, "", address);
  }

  #fatal(error) {
    byId("main").setAttribute("aria-busy", "false");
    byId("model").hidden = true;
    byId("fatal").hidden = false;
    showError(byId("fatal"), error, () => this.start());
  }
}

new App().start();
