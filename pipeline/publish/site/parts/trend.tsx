// How many projects carried a library or component in each edition: as a chart, or a line, and the figures behind it.

import type { Point } from "../../charts.ts";
import type { Chart } from "../../table.ts";
import { Figure } from "./figure.tsx";
import { Frame } from "./frame.tsx";
import { Sparkline } from "./sparkline.tsx";

interface TrendProps {
  points: Point[];
  name: string;
  /** The chart, its file and its address from the site's root; null: the small line will do. */
  drawn: { chart: Chart; address: string } | null;
  at: string;
}

/** The trend with its figures; nothing where one edition alone tells. */
export function Trend({ points, name, drawn, at }: TrendProps) {
  if (points.length < 2) return null;
  const caption = `Projects that carried ${name}, by edition`;
  return (
    <>
      <h2 id="trend">Through all editions</h2>
      {drawn === null ? (
        <p>
          <Sparkline points={points} />
        </p>
      ) : (
        <Figure chart={drawn.chart} at={at} address={drawn.address} />
      )}
      <Frame label={caption}>
        <table>
          <caption>{caption}</caption>
          <thead>
            <tr>
              {points.map(({ edition }) => (
                <th scope="col" class="n" key={edition}>
                  {edition}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              {points.map(({ edition, packages }) => (
                <td class="n" key={edition}>
                  {packages}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </Frame>
    </>
  );
}
