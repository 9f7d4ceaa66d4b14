// The small line beside a name: how many projects carried it in each edition.
import { count } from "../../../words.ts";
import type { Point } from "../../charts.ts";

const WIDTH = 72;
const HEIGHT = 18;
const EDGE = 2;

/** The corners of the line, as the attribute `points` of an SVG polyline has them; empty where fewer than two editions tell. */
export function lineThrough(points: Point[]): string {
  if (points.length < 2) return "";
  const most = Math.max(...points.map(({ packages }) => packages));
  const step = (WIDTH - 2 * EDGE) / (points.length - 1);
  const corner = ({ packages }: Point, at: number) => {
    const x = EDGE + at * step;
    const y = HEIGHT - EDGE - (packages / most) * (HEIGHT - 2 * EDGE);
    return `${Number(x.toFixed(1))},${Number(y.toFixed(1))}`;
  };
  return points.map(corner).join(" ");
}

/** What the line shows, in words: its ends; empty where there is no line. */
export function trendInWords(points: Point[]): string {
  if (points.length < 2) return "";
  const [first, last] = [points[0]!, points.at(-1)!];
  return `${count(first.packages, "project")} in ${first.edition}, ${last.packages} in ${last.edition}`;
}

/** The line, with what it shows in words. */
export function Sparkline({ points }: { points: Point[] }) {
  const corners = lineThrough(points);
  if (corners === "") return null;
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={trendInWords(points)}
    >
      <polyline points={corners} />
    </svg>
  );
}
