/** The page as it is kept on this device: a service worker answers with one build of it, until a newer one is wanted. */
import { whenNothingIsAdded } from "./adding.js";
import { Observable } from "./observable.js";
import { announce } from "./status.js";
import { ownScript } from "./trusted.js";

/** Beside the page, so that all of it is in its scope. */
const SERVICE_WORKER = "service-worker.js";

/** How often a page that stays open asks for a newer version at most, in milliseconds. */
const LOOK_INTERVAL = 3_600_000;

/** How long adding waits for the newer version to take over at most, in milliseconds. */
const CHANGE_TIMEOUT = 10_000;

export interface SiteState {
  /** Whether the page can be loaded without a network; `never` where the browser, or this site, keeps nothing. */
  kept: "never" | "not-yet" | "all";
  /** Whether a newer version is kept as well. */
  isNewer: boolean;
  /** Whether that is to take over. */
  isChanging: boolean;
}

export class Site extends Observable<SiteState> {
  #registration: ServiceWorkerRegistration | undefined;
  #looked = Date.now();

  constructor() {
    super({ kept: "never", isNewer: false, isChanging: false });
    // While developing there is no such file.
    if (import.meta.env.PROD && navigator.serviceWorker !== undefined) {
      this.#followController();
      // What the page itself needs goes first.
      if (document.readyState === "complete") {
        void this.#register();
      } else {
        window.addEventListener("load", () => void this.#register(), { once: true });
      }
    }
  }

  /** Has the newer version take over, in all tabs, once nothing is being added in any. Each is loaded anew then. */
  async change(): Promise<void> {
    this.update({ isChanging: true });
    await whenNothingIsAdded(() => this.#takeOver());
    this.update({ isChanging: false });
  }

  /** Ends with the page, so that nothing is begun that its end would break off; or when the newer version does not take over. */
  #takeOver(): Promise<void> {
    const newer = this.#registration?.waiting;
    return new Promise((resolve) => {
      setTimeout(resolve, CHANGE_TIMEOUT);
      if (!newer) {
        location.reload(); // another tab may have done it
        return;
      }
      newer.addEventListener("statechange", () => {
        if (newer.state === "activated") {
          location.reload(); // a page that no service worker is in charge of is told by nobody else
        } else if (newer.state === "redundant") {
          resolve();
        }
      });
      newer.postMessage("take-over");
    });
  }

  /** A page of the old version has no place beside files of the new one, whichever tab it was changed in. */
  #followController(): void {
    let isControlled = navigator.serviceWorker.controller !== null;
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (isControlled) {
        location.reload();
      }
      isControlled = true;
    });
  }

  async #register(): Promise<void> {
    const script = ownScript(new URL(SERVICE_WORKER, document.baseURI));
    try {
      this.#follow(await navigator.serviceWorker.register(script, { updateViaCache: "none" }));
    } catch {
      // The page works without, as long as there is a network.
    }
  }

  #follow(registration: ServiceWorkerRegistration): void {
    this.#registration = registration;
    const followNext = () => {
      registration.installing?.addEventListener("statechange", () => this.#tell(registration));
      this.#tell(registration);
    };
    registration.addEventListener("updatefound", followNext);
    registration.waiting?.addEventListener("statechange", () => this.#tell(registration));
    followNext();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && Date.now() - this.#looked > LOOK_INTERVAL) {
        this.#looked = Date.now();
        registration.update().catch(() => {}); // there is no network
      }
    });
  }

  #tell({ active, installing, waiting }: ServiceWorkerRegistration): void {
    const kept = active !== null ? "all" : installing !== null || waiting !== null ? "not-yet" : "never";
    const isNewer = active !== null && waiting !== null;
    if (isNewer && !this.state.isNewer) {
      announce("There is a new version of this page.");
    }
    this.update({ kept, isNewer });
  }
}
