// Our own sentences, which are Markdown, as HTML; what strangers wrote stands in them only as code, escaped.
import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt("default", { html: false });

/** Paragraphs and lists. */
export function Prose({ text }: { text: string }) {
  return <div class="prose" dangerouslySetInnerHTML={{ __html: markdown.render(text) }} />;
}

/** A sentence within a line. */
export function Sentence({ text }: { text: string }) {
  return <span dangerouslySetInnerHTML={{ __html: markdown.renderInline(text) }} />;
}
