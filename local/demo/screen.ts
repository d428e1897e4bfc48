import process from "node:process";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** What a person reads while a command runs: lines for what is done, and on a terminal one moving line for what is under way. */
export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #moving: boolean;
  #status = false;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
    this.#moving = stream.isTTY && !process.env["CI"];
  }

  /** Colour on a terminal that wants it; plain text elsewhere. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  line(text = ""): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line();
    this.line(this.style("bold", text));
  }

  done(text: string): void {
    this.line(`  ${this.style("green", "✔")} ${text}`);
  }

  failed(text: string): void {
    this.line(`  ${this.style("red", "✘")} ${text}`);
  }

  /** Replaces the moving line; nothing where output is not a terminal. */
  status(text: string): void {
    if (!this.#moving) return;
    this.#clear();
    this.#stream.write(this.style("dim", `  … ${text.slice(0, (this.#stream.columns || 80) - 6)}`));
    this.#status = true;
  }

  #clear(): void {
    if (!this.#status) return;
    this.#stream.write("\r\u001b[K");
    this.#status = false;
  }
}
