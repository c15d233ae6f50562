import {
  IconFileText,
  IconFileTypeDocx,
  IconFileTypeHtml,
  IconFileTypePdf,
  IconFileTypePpt,
  IconFileTypeTxt,
  IconFileTypeXls,
  IconBook2,
  IconMarkdown,
} from "@tabler/icons-react";

const BY_SUFFIX: Record<string, typeof IconFileText> = {
  pdf: IconFileTypePdf,
  docx: IconFileTypeDocx,
  pptx: IconFileTypePpt,
  xlsx: IconFileTypeXls,
  html: IconFileTypeHtml,
  htm: IconFileTypeHtml,
  md: IconMarkdown,
  markdown: IconMarkdown,
  txt: IconFileTypeTxt,
  epub: IconBook2,
};

export function FileIcon({ name }: { name: string }) {
  const suffix = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const Icon = BY_SUFFIX[suffix] ?? IconFileText;
  return <Icon size={20} stroke={1.5} aria-hidden />;
}
