// What Node has of the web, as far as the package's types name it.
interface Blob { readonly size: number; readonly type: string }
interface URL { readonly href: string }
interface AbortSignal { readonly aborted: boolean }
