import type { Block, CharRange, Table } from "../api/types";
import { markedParts, markedRows } from "./highlight";
import classes from "./viewer.module.css";

interface BlockViewProps {
  block: Block;
  range: CharRange | null;
}

/** One block of a document as its kind wants to be shown. */
export function BlockView({ block, range }: BlockViewProps) {
  if (block.table) return <TableView block={block} table={block.table} range={range} />;
  const text = <MarkedText block={block} range={range} />;
  switch (block.kind) {
    case "title":
      return <h2 className={classes.title}>{text}</h2>;
    case "heading":
      return block.level <= 2 ? <h3>{text}</h3> : <h4>{text}</h4>;
    case "list":
      return (
        <p className={classes.listItem} style={{ marginInlineStart: `${block.level * 1.3 + 0.4}em` }}>
          {text}
        </p>
      );
    case "code":
    case "formula":
      return <pre className={classes.code}>{text}</pre>;
    case "caption":
    case "footnote":
    case "figure":
      return <p className={classes.small}>{text}</p>;
    default:
      return <p>{text}</p>;
  }
}

function MarkedText({ block, range }: BlockViewProps) {
  return markedParts(block, range).map((part, index) =>
    part.marked ? (
      <mark key={index} data-testid="highlight">
        {part.text}
      </mark>
    ) : (
      <span key={index}>{part.text}</span>
    ),
  );
}

function TableView({ block, table, range }: BlockViewProps & { table: Table }) {
  const marked = markedRows(block, table, range);
  const rows = Array.from({ length: table.rows }, (_, row) => table.cells.filter((cell) => cell.row === row));
  return (
    <div className={classes.tableScroll}>
      <table>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row} {...(marked.has(row) ? { "data-marked": true, "data-testid": "highlight" } : {})}>
              {cells.map((cell) => {
                const Cell = cell.header ? "th" : "td";
                return (
                  <Cell key={cell.column} rowSpan={cell.row_span} colSpan={cell.column_span}>
                    {cell.text}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
