// The frame of a table that may be wider than the page.
import type { ComponentChildren } from "preact";

/** A region that scrolls by itself, by keyboard too. */
export function Frame({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1).
    <section class="frame" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
