// A chart on a page.
import type { Chart } from "../../table.ts";
import { rootOf } from "../addresses.ts";

const SIZE = /width="(\d+)" height="(\d+)"/;

interface FigureProps {
  chart: Chart;
  /** The address of the page, and that of the chart's file, both from the site's root. */
  at: string;
  address?: string;
}

/** The chart as an image, whose text says what it shows. */
export function Figure({ chart: { name, alt, svg }, at, address = `charts/${name}.svg` }: FigureProps) {
  const [, width, height] = SIZE.exec(svg)!;
  return (
    <figure>
      <img src={rootOf(at) + address} alt={alt} width={width} height={height} loading="lazy" />
    </figure>
  );
}
