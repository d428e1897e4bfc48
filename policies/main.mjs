// The engine starts a pack by its package's entry, which has to be JavaScript.
import "./index.ts";
