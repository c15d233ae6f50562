"""Collections: list, create, show, change, delete."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.http.errors import declare_problems
from app.routes.deps import ServicesDep
from app.schemas.documents import CollectionIn, CollectionList, CollectionOut, CollectionPatch

router = APIRouter(prefix="/api/collections", tags=["collections"])


@router.get("", summary="List collections")
def list_collections(services: ServicesDep) -> CollectionList:
    """Return all collections, by name."""
    found = services.docchat.library.list_collections()
    return CollectionList(items=[CollectionOut.model_validate(each) for each in found])


@router.post("", summary="Create a collection", status_code=201, responses=declare_problems(409))
def create_collection(body: CollectionIn, services: ServicesDep) -> CollectionOut:
    """Create a collection; the name must be free."""
    made = services.docchat.library.create_collection(body.name, body.description)
    return CollectionOut.model_validate(made)


@router.get("/{collection_id}", summary="Show a collection", responses=declare_problems(404))
def show_collection(collection_id: str, services: ServicesDep) -> CollectionOut:
    """Return one collection, by id or name."""
    return CollectionOut.model_validate(services.docchat.library.get_collection(collection_id))


@router.patch(
    "/{collection_id}", summary="Change a collection", responses=declare_problems(404, 409)
)
def change_collection(
    collection_id: str, body: CollectionPatch, services: ServicesDep
) -> CollectionOut:
    """Change name or description; absent fields stay."""
    library = services.docchat.library
    present = library.get_collection(collection_id)
    changed = library.rename_collection(
        present.id,
        present.name if body.name is None else body.name,
        present.description if body.description is None else body.description,
    )
    return CollectionOut.model_validate(changed)


@router.delete(
    "/{collection_id}",
    summary="Delete a collection",
    status_code=204,
    response_class=Response,
    responses=declare_problems(404),
)
def delete_collection(collection_id: str, services: ServicesDep) -> None:
    """Delete a collection with all its documents."""
    library = services.docchat.library
    library.delete_collection(library.get_collection(collection_id).id)
