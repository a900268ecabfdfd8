// One request at a time, and the newest one wins.

/**
 * Runs tasks one after another. A task that comes while another is running waits; of
 * those that wait, only the newest is run. What a task throws goes to `onError` with
 * the task; `onBusy` is told when there is something to do and when all is done.
 */
export class Latest {
  #running = false;
  #waiting = null;
  #generation = 0;
  #onError;
  #onBusy;

  constructor(onError, onBusy = () => {}) {
    this.#onError = onError;
    this.#onBusy = onBusy;
  }

  /** Runs `task`, an async function of `current()`, which turns false on `cancel`. */
  async start(task) {
    this.#waiting = task;
    if (this.#running) return;
    this.#running = true;
    this.#onBusy(true);
    const generation = this.#generation;
    const current = () => generation === this.#generation;
    while (current() && this.#waiting) {
      const next = this.#waiting;
      this.#waiting = null;
      try {
        await next(current);
      } catch (error) {
        if (current()) this.#onError(error, next);
      }
    }
    if (!current()) return;
    this.#running = false;
    this.#onBusy(false);
  }

  /** What is running is out of date, nothing waits, and the next task starts at once. */
  cancel() {
    this.#generation += 1;
    this.#waiting = null;
    this.#running = false;
    this.#onBusy(false);
  }
}
