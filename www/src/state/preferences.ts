/** How questions are searched where nothing else is chosen: as the page has it, or as an evaluation has shown to be better. */
import { adoptable, type ReportSetting } from "../text/settings.js";
import { type AskOptions, DEFAULT_OPTIONS } from "./inquiry.js";
import { keep, readKept } from "./kept.js";
import { Observable } from "./observable.js";

/** What was adopted. */
export type Adopted = ReturnType<typeof adoptable>;

export interface PreferencesState {
  adopted: Adopted | undefined;
}

/** Where it is kept on this device. */
const KEPT = "ibid-demo-setting";

export class Preferences extends Observable<PreferencesState> {
  constructor() {
    super({ adopted: kept() });
  }

  /** The options to begin with. */
  get options(): AskOptions {
    return { ...DEFAULT_OPTIONS, ...this.state.adopted };
  }

  adopt(setting: ReportSetting): void {
    const adopted = adoptable(setting);
    this.update({ adopted });
    keep(KEPT, JSON.stringify(adopted));
  }

  /** Goes back to how the page searches by itself. */
  reset(): void {
    this.update({ adopted: undefined });
    keep(KEPT, undefined);
  }
}

function kept(): Adopted | undefined {
  try {
    const { mode, k, denseWeight, rankConstant } = JSON.parse(readKept(KEPT) ?? "{}");
    const isSetting =
      ["hybrid", "dense", "lexical"].includes(mode) && Number.isInteger(k) && k >= 1 && k <= 100;
    return isSetting
      ? {
          mode,
          k,
          ...(isWithin(denseWeight, 1) && { denseWeight }),
          ...(isWithin(rankConstant, 10_000) && { rankConstant }),
        }
      : undefined;
  } catch {
    return undefined;
  }
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === "number" && value >= 0 && value <= most;
}
