/** A table as comma-separated values (RFC 4180): a spanned position is an empty field. */

import type { Table } from "../api/types";

export function tableCsv(table: Table): string {
  const rows = Array.from({ length: table.rows }, () => Array.from({ length: table.columns }, () => ""));
  for (const cell of table.cells) {
    const row = rows[cell.row];
    if (row && cell.column < table.columns) row[cell.column] = field(cell.text);
  }
  return rows.map((row) => row.join(",")).join("\r\n");
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
