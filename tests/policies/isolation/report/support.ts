/** Reports as those who show them read them. */
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { type DefaultTreeAdapterTypes, parse } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;

export interface Page {
  /** Names of elements, in the order of the document. */
  readonly elements: readonly string[];
  /** `name=value` of every attribute. */
  readonly attributes: readonly string[];
  readonly text: string;
  readonly comments: readonly string[];
}

/** An HTML page as a browser parses it. */
export function asParsed(html: string): Page {
  const elements: string[] = [];
  const attributes: string[] = [];
  const comments: string[] = [];
  let text = "";
  const visit = (node: Node): void => {
    if ("tagName" in node) {
      elements.push(node.tagName);
      for (const { name, value } of node.attrs) attributes.push(`${name}=${value}`);
    }
    if (node.nodeName === "#text" && "value" in node && !inStyle(node)) text += `${node.value}\n`;
    if (node.nodeName === "#comment" && "data" in node) comments.push(node.data);
    if ("childNodes" in node) node.childNodes.forEach(visit);
  };
  visit(parse(html));
  return { elements, attributes, text, comments };
}

const inStyle = (node: DefaultTreeAdapterTypes.TextNode): boolean => node.parentNode?.nodeName === "style";

/** Markdown as GitHub renders it, HTML and all, before its filters take out what is dangerous. */
export function rendered(markdown: string): Page {
  return asParsed(
    micromark(markdown, {
      allowDangerousHtml: true,
      allowDangerousProtocol: true,
      extensions: [gfm()],
      htmlExtensions: [gfmHtml()],
    }),
  );
}
